/** What the server is asked for, from what stands on the stage. Pure. */

/**
 * @typedef {import("/sdk/types.js").Tile} Tile
 *
 * @typedef {object} Shown
 * @property {string} participant
 * @property {import("/sdk/types.js").Source} source
 * @property {{width: number, height: number}} box  CSS pixels
 * @property {boolean} pinned
 * @property {number} cap
 * @property {number} [zoom]  how many times larger than its tile the picture is shown
 */

const PINNED = 3;
const SCREEN = 2;
const SPEAKER = 1;
const MAX_RATIO = 2; // finer than this no eye sees in a moving picture
const MOST_PIXELS = 16_384; // of a side, for the server

/**
 * @param {Shown[]} shown
 * @param {{id: string}[]} speakers
 * @param {number} pixelRatio
 * @returns {Tile[]}
 */
export function wishes(shown, speakers, pixelRatio) {
  const ratio = Math.min(pixelRatio, MAX_RATIO);
  return shown.map(({ participant, source, box, pinned, cap, zoom = 1 }) => {
    const speaks = speakers.some(({ id }) => id === participant);
    const unpinned = source === "screen" ? SCREEN : speaks ? SPEAKER : 0;
    const [width, height] = [box.width, box.height].map((pixels) => Math.min(Math.round(pixels * ratio * zoom), MOST_PIXELS));
    return { participant, source, width, height, priority: pinned ? PINNED : unpinned, cap };
  });
}

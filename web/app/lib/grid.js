/**
 * Where the tiles go. Pure: sizes in CSS pixels in, boxes out.
 *
 * The grid tries every number of columns, gives each tile the largest box of an allowed shape that its cell holds,
 * and keeps the arrangement that shows the most picture; ties go to the fewest empty cells, then the fewest rows.
 */

/**
 * @typedef {{x: number, y: number, width: number, height: number}} Box
 * @typedef {{columns: number, rows: number, width: number, height: number, share: number}} Grid
 */

const NARROW = 600; // a stage narrower or lower than these is a phone's
const LOW = 480;
const MIN_TILE_WIDTH = 160;
const EPSILON = 1e-6;

/** @param {number} width */
function gapFor(width) {
  return width < NARROW ? 4 : 8;
}

/**
 * @param {number} width
 * @param {number} height
 * @returns {[number, number]}  flattest and widest shape of a tile, width / height
 */
function shapes(width, height) {
  return width >= height ? [4 / 3, 16 / 9] : [3 / 4, 16 / 9];
}

/**
 * The best arrangement of `count` equal tiles. `share` is the part of the stage that they fill.
 *
 * @param {number} count
 * @param {number} width
 * @param {number} height
 * @param {number} gap
 * @returns {Grid}
 */
export function bestGrid(count, width, height, gap = gapFor(width)) {
  const [flattest, widest] = shapes(width, height);
  /** @type {Grid | null} */
  let best = null;
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const cellWidth = (width - gap * (columns - 1)) / columns;
    const cellHeight = (height - gap * (rows - 1)) / rows;
    if (cellWidth <= 0 || cellHeight <= 0) continue;
    const shape = Math.min(Math.max(cellWidth / cellHeight, flattest), widest);
    const tileWidth = Math.min(cellWidth, cellHeight * shape);
    const tileHeight = tileWidth / shape;
    const share = (count * tileWidth * tileHeight) / (width * height);
    const grid = { columns, rows, width: tileWidth, height: tileHeight, share };
    if (!best || isBetter(grid, best, count)) best = grid;
  }
  return best ?? { columns: 1, rows: count, width: 0, height: 0, share: 0 };
}

/** @param {Grid} a @param {Grid} b @param {number} count */
function isBetter(a, b, count) {
  if (Math.abs(a.share - b.share) > EPSILON) return a.share > b.share;
  const [emptyA, emptyB] = [a, b].map(({ columns, rows }) => columns * rows - count);
  return emptyA === emptyB ? a.rows < b.rows : emptyA < emptyB;
}

/**
 * The boxes of `count` tiles, row by row; the last row is centred, and the whole in the stage.
 *
 * @param {number} count
 * @param {number} width
 * @param {number} height
 * @returns {Box[]}
 */
export function gridBoxes(count, width, height) {
  if (count === 0 || width <= 0 || height <= 0) return [];
  const gap = gapFor(width);
  const grid = bestGrid(count, width, height, gap);
  const top = (height - grid.rows * grid.height - gap * (grid.rows - 1)) / 2;
  return Array.from({ length: count }, (_, index) => {
    const row = Math.floor(index / grid.columns);
    const inRow = Math.min(grid.columns, count - row * grid.columns);
    const left = (width - inRow * grid.width - gap * (inRow - 1)) / 2;
    return {
      x: left + (index - row * grid.columns) * (grid.width + gap),
      y: top + row * (grid.height + gap),
      width: grid.width,
      height: grid.height,
    };
  });
}

/**
 * How many tiles a page may hold: 25, tablet 9, phone 4, and none narrower than 160 pixels.
 *
 * @param {number} width
 * @param {number} height
 * @param {boolean} touch  a finger, not a mouse
 */
export function pageSize(width, height, touch = false) {
  let size = touch ? 9 : 25;
  if (width < NARROW || height < LOW) size = 4;
  while (size > 1 && bestGrid(size, width, height).width < MIN_TILE_WIDTH) size -= 1;
  return size;
}

const STRIP_WIDTH = 200;
const STRIP_HEIGHT = 96;
const SIXTEEN_NINE = 16 / 9;

/**
 * Speaker view: the main tile, and a filmstrip on the right where the stage is wide, else on top.
 *
 * @param {number} width
 * @param {number} height
 * @returns {{main: Box, strip: (count: number, shared?: boolean) => Box[], capacity: number}}  `shared`: with one's own
 *   picture in the corner under it, so it begins at the top
 */
export function speakerBoxes(width, height) {
  const gap = gapFor(width);
  const right = width / height > 1.5;
  const tile = right
    ? { width: STRIP_WIDTH, height: STRIP_WIDTH / SIXTEEN_NINE }
    : { width: STRIP_HEIGHT * SIXTEEN_NINE, height: STRIP_HEIGHT };
  const main = right
    ? { x: 0, y: 0, width: width - tile.width - gap, height }
    : { x: 0, y: tile.height + gap, width, height: height - tile.height - gap };
  const [room, each] = right ? [height, tile.height] : [width, tile.width];
  const capacity = Math.max(1, Math.floor((room + gap) / (each + gap)));
  const strip = (/** @type {number} */ count, shared = false) => {
    const start = shared && right ? 0 : (room - count * each - (count - 1) * gap) / 2;
    return Array.from({ length: count }, (_, index) => {
      const at = start + index * (each + gap);
      return right ? { x: main.width + gap, y: at, ...tile } : { x: at, y: 0, ...tile };
    });
  };
  return { main, strip, capacity };
}

/**
 * Whether a camera picture may fill its tile: only while no more than a quarter of a side is cut off.
 *
 * @param {{width: number, height: number}} picture
 * @param {{width: number, height: number}} tile
 */
export function fitOf(picture, tile) {
  const ratio = picture.width / picture.height / (tile.width / tile.height);
  return 1 - Math.min(ratio, 1 / ratio) <= 0.25 ? "cover" : "contain";
}

/** A picture seen closer: how often larger, and how far its middle is moved. Pure; CSS pixels of the tile. */

/**
 * @typedef {{scale: number, x: number, y: number}} Zoom
 * @typedef {{width: number, height: number}} Size
 */

const MOST = 8;

/** @type {Zoom} */
export const WHOLE = { scale: 1, x: 0, y: 0 };

/**
 * Closer or farther, so that what is at `point` stays there.
 *
 * @param {Zoom} zoom
 * @param {number} factor
 * @param {{x: number, y: number}} point  from the middle of the tile
 * @param {Size} size
 * @returns {Zoom}
 */
export function zoomAt({ scale, x, y }, factor, point, size) {
  const next = Math.min(Math.max(scale * factor, 1), MOST);
  const grown = next / scale;
  return kept({ scale: next, x: point.x - (point.x - x) * grown, y: point.y - (point.y - y) * grown }, size);
}

/** @param {Zoom} zoom @param {number} across @param {number} down @param {Size} size @returns {Zoom} */
export function panBy({ scale, x, y }, across, down, size) {
  return kept({ scale, x: x + across, y: y + down }, size);
}

/** Its edges never come into the tile. @param {Zoom} zoom @param {Size} size @returns {Zoom} */
function kept({ scale, x, y }, { width, height }) {
  const within = (/** @type {number} */ value, /** @type {number} */ side) => {
    const most = (side * (scale - 1)) / 2;
    return Math.min(Math.max(value, -most), most) || 0;
  };
  return { scale, x: within(x, width), y: within(y, height) };
}

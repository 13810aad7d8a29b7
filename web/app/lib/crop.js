/** Which square of a picture is kept: `x`, `y` its middle and `zoom` its size, all in parts of the picture. */

/** @typedef {{x: number, y: number, zoom: number}} Crop  zoom 1: the largest square that fits; 4 the smallest */

export const MOST_ZOOM = 4;
/** @type {Crop} */
export const MIDDLE = { x: 0.5, y: 0.5, zoom: 1 };

/**
 * The square in pixels of the picture.
 *
 * @param {Crop} crop
 * @param {{width: number, height: number}} picture
 */
export function squareOf(crop, { width, height }) {
  const side = Math.min(width, height) / crop.zoom;
  return { left: crop.x * width - side / 2, top: crop.y * height - side / 2, side };
}

/**
 * The same crop inside the picture's borders.
 *
 * @param {Crop} crop
 * @param {{width: number, height: number}} picture
 * @returns {Crop}
 */
export function inside(crop, { width, height }) {
  const zoom = clamp(crop.zoom, 1, MOST_ZOOM);
  const half = Math.min(width, height) / zoom / 2;
  return {
    x: clamp(crop.x, half / width, 1 - half / width),
    y: clamp(crop.y, half / height, 1 - half / height),
    zoom,
  };
}

/**
 * The picture pulled by a distance, in parts of the square that is shown.
 *
 * @param {Crop} crop
 * @param {{width: number, height: number}} picture
 * @param {number} right
 * @param {number} down
 */
export function moved(crop, picture, right, down) {
  const { side } = squareOf(crop, picture);
  const x = crop.x - (right * side) / picture.width;
  const y = crop.y - (down * side) / picture.height;
  return inside({ ...crop, x, y }, picture);
}

/** @param {number} value @param {number} least @param {number} most */
function clamp(value, least, most) {
  return Math.min(Math.max(value, least), Math.max(least, most));
}

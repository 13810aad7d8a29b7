/** What is done to the small picture and its mask, on plain arrays: one value of the mask a pixel, 0 background to 1 person. */

const KEPT = 0.35; // of the mask before: edges do not flicker, and follow a hand within two pictures
const LOW = 0.3;
const HIGH = 0.7;

/**
 * The mask after this picture: between what it was and what the model finds now, its edge made steeper.
 *
 * @param {Float32Array} mask  changed in place
 * @param {Float32Array} found
 */
export function follow(mask, found) {
  for (let i = 0; i < mask.length; i += 1) {
    const clear = Math.min(Math.max((found[i] - LOW) / (HIGH - LOW), 0), 1);
    mask[i] = KEPT * mask[i] + (1 - KEPT) * clear;
  }
}

/**
 * A picture of the background alone, blurred: each pixel is the mean of those around it that are not the person, so that nobody
 * has a halo in their own colours. Where the person is all around, it is the mean of them all.
 *
 * @param {Uint8ClampedArray} pixels  RGBA, changed in place
 * @param {Float32Array} mask
 * @param {number} width
 * @param {number} radius
 * @param {Float32Array} room  eight values a pixel, for the work
 */
export function blurBackground(pixels, mask, width, radius, room) {
  const count = mask.length;
  const one = room.subarray(0, 4 * count);
  const other = room.subarray(4 * count, 8 * count);
  for (let i = 0, at = 0; i < count; i += 1, at += 4) {
    const weight = 1.001 - mask[i];
    one[at] = pixels[at] * weight;
    one[at + 1] = pixels[at + 1] * weight;
    one[at + 2] = pixels[at + 2] * weight;
    one[at + 3] = weight;
  }
  const height = count / width;
  for (let pass = 0; pass < 2; pass += 1) {
    for (let y = 0; y < height; y += 1) slide(one, other, 4 * y * width, 4, width, radius);
    for (let x = 0; x < width; x += 1) slide(other, one, 4 * x, 4 * width, height, radius);
  }
  for (let at = 0; at < 4 * count; at += 4) {
    const weight = one[at + 3];
    pixels[at] = one[at] / weight;
    pixels[at + 1] = one[at + 1] / weight;
    pixels[at + 2] = one[at + 2] / weight;
    pixels[at + 3] = 255;
  }
}

/**
 * The sum around each pixel of a line, by a window that slides along it; beyond the ends stands what is at the ends.
 *
 * @param {Float32Array} from
 * @param {Float32Array} to
 * @param {number} start
 * @param {number} step
 * @param {number} length
 * @param {number} radius
 */
function slide(from, to, start, step, length, radius) {
  const share = 1 / (2 * radius + 1);
  const last = start + (length - 1) * step;
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let k = -radius; k <= radius; k += 1) {
    const at = start + Math.min(Math.max(k, 0), length - 1) * step;
    a += from[at];
    b += from[at + 1];
    c += from[at + 2];
    d += from[at + 3];
  }
  for (let i = 0, at = start; i < length; i += 1, at += step) {
    to[at] = a * share;
    to[at + 1] = b * share;
    to[at + 2] = c * share;
    to[at + 3] = d * share;
    const come = Math.min(at + (radius + 1) * step, last);
    const gone = Math.max(at - radius * step, start);
    a += from[come] - from[gone];
    b += from[come + 1] - from[gone + 1];
    c += from[come + 2] - from[gone + 2];
    d += from[come + 3] - from[gone + 3];
  }
}

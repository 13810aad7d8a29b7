/** Where an arrow key leads among boxes. Pure. */

/** @typedef {{x: number, y: number, width: number, height: number}} Box */

const ASIDE = 2; // what is off the line counts so many times its distance
/** @type {{[key: string]: [number, number]}}  right, down */
const AXES = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };

/**
 * The next box in that direction; at the end of a row the arrows to the sides lead on in reading order, those up and
 * down stay.
 *
 * @param {Box[]} boxes  in reading order
 * @param {number} from
 * @param {string} key  another than an arrow stays
 * @param {boolean} rtl
 * @returns {number}
 */
export function arrowFrom(boxes, from, key, rtl = false) {
  const axis = AXES[key];
  if (!axis || !boxes[from]) return from;
  const [right, down] = axis;
  const [x, y] = centre(boxes[from]);
  let [best, least] = [-1, Infinity];
  boxes.forEach((box, index) => {
    const [dx, dy] = [centre(box)[0] - x, centre(box)[1] - y];
    const ahead = dx * right + dy * down;
    const aside = Math.abs(dx * down) + Math.abs(dy * right);
    if (index === from || ahead <= 1 || aside > ahead) return;
    const cost = ahead + ASIDE * aside;
    if (cost < least) [best, least] = [index, cost];
  });
  if (best >= 0 || down) return best >= 0 ? best : from;
  const step = right > 0 === rtl ? -1 : 1;
  return (from + step + boxes.length) % boxes.length;
}

/** @param {Box} box */
function centre({ x, y, width, height }) {
  return [x + width / 2, y + height / 2];
}

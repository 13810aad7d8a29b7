/**
 * How busy this machine is, in steps: 0 well, each further one sends one layer less and asks for pictures half as
 * large. Down after some seconds of trouble, since one busy second is nothing; up slowly, and slower each time it
 * was wrong: a machine that was too slow a minute ago still is.
 *
 * A machine: readings are handed in with their time, in milliseconds.
 */

export const MOST_LOAD = 2;
const TROUBLE_MS = 6_000;
const CALM_MS = 30_000;
const MOST_CALM_MS = 240_000;
const RELAPSE_MS = 20_000; // trouble so soon after a step up: the step was wrong

export class Load {
  step = 0;
  #calm = CALM_MS;
  /** @type {number | null} */
  #troubleSince = null;
  /** @type {number | null} */
  #calmSince = null;
  #steppedUp = -Infinity;

  /**
   * @param {boolean} busy
   * @param {number} now
   * @returns {boolean}  whether the step changed
   */
  take(busy, now) {
    return busy ? this.#trouble(now) : this.#rest(now);
  }

  /** @param {number} now */
  #trouble(now) {
    this.#calmSince = null;
    this.#troubleSince ??= now;
    if (now - this.#troubleSince < TROUBLE_MS || this.step === MOST_LOAD) return false;
    if (now - this.#steppedUp < RELAPSE_MS) this.#calm = Math.min(this.#calm * 2, MOST_CALM_MS);
    this.#troubleSince = null; // the new step has its own time to help
    this.step += 1;
    return true;
  }

  /** @param {number} now */
  #rest(now) {
    this.#troubleSince = null;
    this.#calmSince ??= now;
    if (this.step === 0 || now - this.#calmSince < this.#calm) return false;
    this.#calmSince = now;
    this.#steppedUp = now;
    this.step -= 1;
    return true;
  }
}

/**
 * The same tiles, asked for smaller.
 *
 * @template {{width: number, height: number}} T
 * @param {T[]} tiles
 * @param {number} step
 * @returns {T[]}
 */
export function lessened(tiles, step) {
  if (step === 0) return tiles;
  const less = (/** @type {number} */ pixels) => Math.max(1, Math.round(pixels / 2 ** step));
  return tiles.map((tile) => ({ ...tile, width: less(tile.width), height: less(tile.height) }));
}

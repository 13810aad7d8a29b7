/**
 * Who stands where: whoever is on the page keeps the place. Only a speaker from another page moves: after 1.5 s of
 * speech they change places with whoever on the page was silent longest, one such swap in 2 s at most.
 *
 * A machine: the time is handed in, in milliseconds.
 */

const SWAP_MS = 2_000;

export class StageOrder {
  /** @type {string[]} */
  #ids = [];
  #swapped = -Infinity;
  #speech;

  /** @param {import("./speech.js").Speech} speech */
  constructor(speech) {
    this.#speech = speech;
  }

  /**
   * The lasting order of those present: newcomers at the end, the others where they were.
   *
   * @param {string[]} present
   * @returns {string[]}
   */
  arrange(present) {
    const here = new Set(present);
    const known = new Set(this.#ids);
    this.#ids = [...this.#ids.filter((id) => here.has(id)), ...present.filter((id) => !known.has(id))];
    return this.#ids;
  }

  /** Two change places; nobody else moves. @param {string} one @param {string} other */
  exchange(one, other) {
    const [a, b] = [this.#ids.indexOf(one), this.#ids.indexOf(other)];
    if (a >= 0 && b >= 0) [this.#ids[a], this.#ids[b]] = [other, one];
  }

  /**
   * Bring a speaker onto the page where one is due; `fixed` are never moved away.
   *
   * @param {ReadonlySet<string>} page  who is seen now
   * @param {number} now
   * @param {ReadonlySet<string>} fixed
   * @returns {boolean}  whether the order changed
   */
  swap(page, now, fixed = new Set()) {
    if (now - this.#swapped < SWAP_MS) return false;
    const speaker = this.#ids.find((id) => !page.has(id) && this.#speech.isDue(id, now));
    const silent = this.#longestSilent(page, now, fixed);
    if (!speaker || !silent) return false;
    this.exchange(speaker, silent);
    this.#swapped = now;
    return true;
  }

  /** @param {ReadonlySet<string>} page @param {number} now @param {ReadonlySet<string>} fixed */
  #longestSilent(page, now, fixed) {
    const heard = (/** @type {string} */ id) => this.#speech.lastOf(id);
    const movable = this.#ids.filter((id) => page.has(id) && !fixed.has(id) && !this.#speech.isSpeaking(id, now));
    return movable.reduce((/** @type {string | null} */ best, id) => (best && heard(best) <= heard(id) ? best : id), null);
  }
}

/**
 * Who stands where: whoever is on the page keeps the place. Only a speaker from another page moves: after 1.5 s of
 * speech they change places with whoever on the page was silent longest, one such swap in 2 s at most.
 *
 * A machine: the time is handed in, in milliseconds.
 */

const SPEECH_MS = 1_500;
const BREATH_MS = 800; // a pause that does not end a speech
const SWAP_MS = 2_000;

export class StageOrder {
  /** @type {string[]} */
  #ids = [];
  /** @type {Map<string, {since: number, last: number}>} */
  #speech = new Map();
  #swapped = -Infinity;

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
    for (const id of this.#speech.keys()) if (!here.has(id)) this.#speech.delete(id);
    return this.#ids;
  }

  /**
   * These speak at `now`.
   *
   * @param {string[]} speakers
   * @param {number} now
   */
  hear(speakers, now) {
    for (const id of speakers) {
      const speech = this.#speech.get(id);
      if (speech && now - speech.last <= BREATH_MS) speech.last = now;
      else this.#speech.set(id, { since: now, last: now });
    }
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
    const speaker = this.#ids.find((id) => !page.has(id) && this.#isDue(id, now));
    const silent = this.#longestSilent(page, now, fixed);
    if (!speaker || !silent) return false;
    const [from, to] = [this.#ids.indexOf(speaker), this.#ids.indexOf(silent)];
    [this.#ids[from], this.#ids[to]] = [silent, speaker];
    this.#swapped = now;
    return true;
  }

  /** @param {string} id @param {number} now */
  #isDue(id, now) {
    const speech = this.#speech.get(id);
    return speech !== undefined && now - speech.last <= BREATH_MS && speech.last - speech.since >= SPEECH_MS;
  }

  /** @param {ReadonlySet<string>} page @param {number} now @param {ReadonlySet<string>} fixed */
  #longestSilent(page, now, fixed) {
    const heard = (/** @type {string} */ id) => this.#speech.get(id)?.last ?? -Infinity;
    const movable = this.#ids.filter((id) => page.has(id) && !fixed.has(id) && now - heard(id) > BREATH_MS);
    return movable.reduce((/** @type {string | null} */ best, id) => (best && heard(best) <= heard(id) ? best : id), null);
  }
}

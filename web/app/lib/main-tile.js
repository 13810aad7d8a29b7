/** Which tile is the large one of the speaker view: never one's own while anybody else is here. */

/**
 * @typedef {import("./layout.js").Item} Item
 *
 * @typedef {object} Candidates  keys of items; one that is not here counts for nothing
 * @property {string} pinned  by oneself
 * @property {string} spotlight  by a host, for everybody
 * @property {string[]} screens  those that began first come first
 * @property {string} speaker
 */

/**
 * @param {Item[]} items
 * @param {Candidates} candidates
 * @returns {string | null}
 */
export function mainOf(items, { pinned, spotlight, screens, speaker }) {
  const others = items.filter(({ kind }) => kind !== "self").map(({ key }) => key);
  return [pinned, spotlight, ...screens, speaker].find((key) => others.includes(key)) ?? others[0] ?? null;
}

/**
 * Whom the large tile follows: who began to speak last and has done so for 1.5 s. Who goes on speaking while another
 * begins gives way once, and is back when that other has ended; nobody speaks: it stays.
 */
export class MainSpeaker {
  #id = "";
  #speech;

  /** @param {import("./speech.js").Speech} speech */
  constructor(speech) {
    this.#speech = speech;
  }

  /**
   * @param {string[]} others  without oneself
   * @param {number} now  milliseconds
   */
  follow(others, now) {
    const stays = others.includes(this.#id);
    const due = others.filter((id) => this.#speech.isDue(id, now) || (id === this.#id && this.#speech.isSpeaking(id, now)));
    const since = (/** @type {string} */ id) => this.#speech.sinceOf(id);
    const newest = due.reduce((/** @type {string | null} */ best, id) => (best && since(best) >= since(id) ? best : id), null);
    this.#id = newest ?? (stays ? this.#id : (others[0] ?? ""));
    return this.#id;
  }
}

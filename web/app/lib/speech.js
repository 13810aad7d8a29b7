/** Who speaks, and for how long. A machine: the time is handed in, in milliseconds. */

const SPEECH_MS = 1_500; // less is a word
const BREATH_MS = 800; // a pause that does not end a speech

export class Speech {
  /** @type {Map<string, {since: number, last: number}>} */
  #heard = new Map();

  /**
   * These speak at `now`.
   *
   * @param {string[]} speakers
   * @param {number} now
   */
  hear(speakers, now) {
    for (const id of speakers) {
      if (this.isSpeaking(id, now)) this.#heard.set(id, { since: this.sinceOf(id), last: now });
      else this.#heard.set(id, { since: now, last: now });
    }
  }

  /** Only of these anything is known from now on. @param {ReadonlySet<string>} present */
  keep(present) {
    for (const id of this.#heard.keys()) if (!present.has(id)) this.#heard.delete(id);
  }

  /** @param {string} id @param {number} now */
  isSpeaking(id, now) {
    return now - this.lastOf(id) <= BREATH_MS;
  }

  /** Whether somebody speaks long enough to be brought forward. @param {string} id @param {number} now */
  isDue(id, now) {
    return this.isSpeaking(id, now) && this.lastOf(id) - this.sinceOf(id) >= SPEECH_MS;
  }

  /** When the speech began that was heard last. @param {string} id */
  sinceOf(id) {
    return this.#heard.get(id)?.since ?? -Infinity;
  }

  /** When somebody was heard last. @param {string} id */
  lastOf(id) {
    return this.#heard.get(id)?.last ?? -Infinity;
  }
}

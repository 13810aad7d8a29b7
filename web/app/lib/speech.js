/** Who speaks, and for how long. A machine: the time is handed in, in milliseconds. */

const SPEECH_MS = 1_500; // less is a word
const BREATH_MS = 800; // a pause that does not end a speech

export class Speech {
  /** @type {Map<string, {since: number, last: number}>} */
  #heard = new Map();
  /** @type {ReadonlySet<string>} */
  #speaking = new Set();

  /**
   * From `now` on these speak, until others are named.
   *
   * @param {string[]} speakers
   * @param {number} now
   */
  hear(speakers, now) {
    for (const id of this.#speaking) this.#heard.set(id, { since: this.sinceOf(id), last: now });
    for (const id of speakers) {
      const since = this.isSpeaking(id, now) ? this.sinceOf(id) : now;
      this.#heard.set(id, { since, last: now });
    }
    this.#speaking = new Set(speakers);
  }

  /** Only of these anything is known from now on. @param {ReadonlySet<string>} present */
  keep(present) {
    for (const id of this.#heard.keys()) if (!present.has(id)) this.#heard.delete(id);
    this.#speaking = new Set([...this.#speaking].filter((id) => present.has(id)));
  }

  /** Also while they take breath. @param {string} id @param {number} now */
  isSpeaking(id, now) {
    return this.#speaking.has(id) || now - this.lastOf(id) <= BREATH_MS;
  }

  /** Whether somebody speaks long enough to be brought forward. @param {string} id @param {number} now */
  isDue(id, now) {
    const until = this.#speaking.has(id) ? now : this.lastOf(id);
    return this.isSpeaking(id, now) && until - this.sinceOf(id) >= SPEECH_MS;
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

/**
 * Captions of a Room: what is spoken as text. Whoever has the right `caption` starts and says them: a person who types, a bot
 * with a recogniser. `transcriptionReceived` follows for whoever wants them.
 */

import { newKey } from "./outbox.js";

/**
 * @typedef {object} TranscriptionSegment  one line as it stands now; a later one of the same `id` takes its place
 * @property {string} id
 * @property {string} text  empty: it is taken back
 * @property {string} language
 * @property {boolean} final  false: it will change
 * @property {string | null} by  the participant who has written it; null: the server
 *
 * @typedef {{participant?: string, key?: string, final?: boolean, language?: string}} Line  `final`: true where not given; `language`: the room's
 */

export class Captions {
  #meeting;
  #ask;
  #wanted = false;

  /** @param {import("./meeting.js").Meeting} meeting @param {import("./meeting.js").Ask} ask */
  constructor(meeting, ask) {
    this.#meeting = meeting;
    this.#ask = ask;
  }

  /** What they are in; null while they are off. */
  get language() {
    return this.#meeting.about.captions ?? null;
  }

  /** In an end-to-end encrypted room nothing is encrypted while they are on. @param {string | null} language  BCP 47 */
  start(language) {
    return this.#ask("setcaptions", { language });
  }

  stop() {
    return this.start(null);
  }

  /** Be sent them, also in later Sessions; nothing is until one wants. @param {boolean} wanted */
  want(wanted) {
    this.#wanted = wanted;
    return this.#ask("wantcaptions", { wanted });
  }

  /**
   * Say what a participant (where not given: oneself) speaks; resolves to the line's key, by which a later one replaces it. Rejects with
   * `forbidden`, `captions.off`, `slow`.
   *
   * @param {string} text @param {Line} [line]
   */
  async say(text, line = {}) {
    const { key = newKey() } = line;
    await this.#ask("saycaption", { ...line, text, key });
    return key;
  }

  /** For the Room. @param {import("./types.js").Welcome} welcome */
  enter({ resumed }) {
    if (this.#wanted && !resumed) this.want(true).catch(() => {}); // the next Session says it again
  }
}

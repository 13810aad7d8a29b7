/**
 * What the loudness of one's own microphone tells: that nothing comes from it at all, that something does after all, or that
 * one talks while muted. Pure: loudness and time in, hints out. Each is given once: silence until another device is used,
 * talking until the microphone has been on in between.
 */

/** @typedef {"silent" | "heard" | "mutedTalk"} MicHint  `heard`: after `silent` */

/** Quieter than the quietest room: what a dead cable or a switch on the headset gives. */
const NOTHING = 0.0001; // peak, of 1
/** Somebody talks near the microphone. */
const SPEECH = 0.4; // on the scale of `levelOf`
const SILENT_MS = 8_000;
const SPEECH_MS = 500;
const GAP_MS = 400; // between two words

export class MicHints {
  #device = "";
  /** Something has been heard from this device. */
  #isKnown = false;
  /** It has been told that there was nothing. */
  #isSilent = false;
  #isMuted = false;
  /** @type {number | null} */
  #silentSince = null;
  /** @type {number | null} */
  #speechSince = null;
  #lastSpeech = 0;
  #toldTalk = false;

  /**
   * @param {{at: number, device: string, peak: number, level: number}} heard  `at` in ms; `peak` 0 to 1
   * @returns {MicHint | null}
   */
  take({ at, device, peak, level }) {
    if (device !== this.#device) this.#begin(device);
    if (peak > NOTHING) this.#isKnown = true;
    if (this.#isKnown && this.#isSilent) {
      this.#isSilent = false;
      return "heard";
    }
    return this.#isMuted ? this.#talk(at, level) : this.#silence(at);
  }

  /** Whether nothing can be told any more until something changes: then nobody needs to listen. */
  get isDone() {
    return this.#isMuted ? this.#toldTalk : this.#isKnown;
  }

  /** @param {string} device */
  #begin(device) {
    this.#device = device;
    this.#isKnown = this.#isSilent = false;
    this.#silentSince = null;
  }

  /** The microphone was switched. @param {boolean} muted */
  turn(muted) {
    this.#isMuted = muted;
    this.#silentSince = this.#speechSince = null;
    if (!muted) this.#toldTalk = false;
  }

  /** @param {number} at @returns {MicHint | null} */
  #silence(at) {
    if (this.#isKnown || this.#isSilent) return null;
    this.#silentSince ??= at;
    if (at - this.#silentSince < SILENT_MS) return null;
    this.#isSilent = true;
    return "silent";
  }

  /** @param {number} at @param {number} level @returns {MicHint | null} */
  #talk(at, level) {
    if (level < SPEECH) {
      if (at - this.#lastSpeech > GAP_MS) this.#speechSince = null;
      return null;
    }
    this.#lastSpeech = at;
    this.#speechSince ??= at;
    if (this.#toldTalk || at - this.#speechSince < SPEECH_MS) return null;
    this.#toldTalk = true;
    return "mutedTalk";
  }
}

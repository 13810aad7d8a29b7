/**
 * A Track as an application plays it: `attach` gives an element that shows or sounds it for as long as it is attached,
 * whatever carries the Track meanwhile.
 */

/**
 * @typedef {import("./types.js").Source} Source
 * @typedef {"audio" | "video"} Kind
 */

/** @type {{[source in Source]: Kind}} */
export const KINDS = { microphone: "audio", camera: "video", screen: "video", "screen-audio": "audio" };

export class Track {
  /** Those that play this Track now. @type {HTMLMediaElement[]} */
  attachedElements = [];
  /** What the elements play; null while there is nothing to play. @type {MediaStream | null} */
  mediaStream = null;
  #changed;

  /**
   * @param {Source} source
   * @param {(track: any) => void} changed  called when elements came or went
   */
  constructor(source, changed) {
    this.source = source;
    this.kind = KINDS[source];
    this.#changed = changed;
  }

  /** Null while nothing comes. */
  get mediaStreamTrack() {
    return this.mediaStream?.getTracks()[0] ?? null;
  }

  /**
   * Play in `element`, or in a new `<video>` or `<audio>`, which is given back: it belongs into the page.
   *
   * @param {HTMLMediaElement} [element]
   * @returns {HTMLMediaElement}
   */
  attach(element = document.createElement(this.kind)) {
    if (this.attachedElements.includes(element)) return element;
    this.attachedElements = [...this.attachedElements, element];
    prepare(element);
    element.srcObject = this.mediaStream;
    this.#changed(this);
    return element;
  }

  /**
   * Play no longer in `element`, or in none; gives those that played, which the application takes out of the page.
   *
   * @param {HTMLMediaElement} [element]
   */
  detach(element) {
    const gone = this.attachedElements.filter((one) => !element || one === element);
    this.attachedElements = this.attachedElements.filter((one) => !gone.includes(one));
    for (const one of gone) one.srcObject = null;
    this.#changed(this);
    return gone;
  }

  /** @internal @param {MediaStream | null} stream */
  play(stream) {
    if (stream === this.mediaStream) return;
    this.mediaStream = stream;
    for (const element of this.attachedElements) element.srcObject = stream;
  }
}

/** @param {HTMLMediaElement} element */
function prepare(element) {
  element.autoplay = true;
  if (!(element instanceof HTMLVideoElement)) return;
  element.muted = true; // sound has a Track of its own
  element.playsInline = true;
}

/**
 * Asks for each attached picture as large as its elements are, and for none that cannot be seen. It begins with the first
 * element that is attached; an application that says by `setView` what it shows does without.
 */

import { throttleLatest } from "./throttle.js";

/**
 * @typedef {import("./types.js").Tile} Tile
 * @typedef {import("./remote.js").RemoteTrack} RemoteTrack
 */

const MAX_RATIO = 2; // finer than this no eye sees in a moving picture
const INTERVAL_MS = 100;
const SCREEN = 2;
const SPEAKER = 1;
/** Where sizes do not count. */
const FULL = { width: 1280, height: 720 };

export class AdaptiveView {
  #set;
  #adapts;
  /** @type {Set<RemoteTrack>} */
  #tracks = new Set();
  /** @type {Map<Element, boolean>} */
  #inSight = new Map();
  #throttle = throttleLatest(() => this.#tell(), INTERVAL_MS);
  #closed = false;
  #began = false;
  /** @type {ResizeObserver | null} */
  #sizes = null;
  /** @type {IntersectionObserver | null} */
  #sights = null;
  #refresh = () => this.refresh();

  /**
   * @param {(tiles: Tile[]) => void} set
   * @param {boolean} adapts  false: pictures are asked for in full, seen or not
   */
  constructor(set, adapts) {
    this.#set = set;
    this.#adapts = adapts;
  }

  /** Elements came or went, or what is wanted of the Track changed. @param {RemoteTrack} track */
  change(track) {
    if (this.#closed || (track.attachedElements.length === 0 && !track.publication.videoDimensions && !this.#tracks.has(track))) return;
    this.#begin();
    if (track.kind !== "video") return this.refresh();
    if (isGone(track)) this.#tracks.delete(track);
    else this.#tracks.add(track);
    this.#observe();
    this.refresh();
  }

  refresh() {
    if (this.#began && !this.#closed) this.#throttle.push(undefined);
  }

  close() {
    this.#closed = true;
    this.#throttle.cancel();
    this.#sizes?.disconnect();
    this.#sights?.disconnect();
    globalThis.document?.removeEventListener("visibilitychange", this.#refresh);
  }

  #begin() {
    if (this.#began) return;
    this.#began = true;
    if (!this.#adapts) return;
    this.#sizes = new ResizeObserver(this.#refresh);
    this.#sights = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) this.#inSight.set(target, isIntersecting);
      this.refresh();
    });
    document.addEventListener("visibilitychange", this.#refresh);
  }

  /** Follow the elements that are attached now. */
  #observe() {
    if (!this.#sizes || !this.#sights) return;
    const elements = new Set([...this.#tracks].flatMap(({ attachedElements }) => attachedElements));
    for (const element of this.#inSight.keys()) {
      if (elements.has(/** @type {HTMLMediaElement} */ (element))) continue;
      this.#sizes.unobserve(element);
      this.#sights.unobserve(element);
      this.#inSight.delete(element);
    }
    for (const element of elements) {
      if (this.#inSight.has(element)) continue;
      this.#inSight.set(element, false); // the observer tells at once
      this.#sizes.observe(element);
      this.#sights.observe(element);
      for (const name of ["enterpictureinpicture", "leavepictureinpicture"]) element.addEventListener(name, this.#refresh);
    }
  }

  #tell() {
    if (!this.#closed) this.#set([...this.#tracks].flatMap((track) => this.#tile(track) ?? []));
  }

  /** @param {RemoteTrack} track @returns {Tile | null} */
  #tile(track) {
    const { participant, source, isEnabled, isMuted, cap } = track.publication;
    const size = isEnabled && !isMuted ? this.#sizeOf(track) : null;
    if (!size) return null;
    const priority = source === "screen" ? SCREEN : participant.isSpeaking ? SPEAKER : 0;
    return { participant: participant.id, source, ...size, priority, cap };
  }

  /** Of the largest element that is seen, in device pixels. @param {RemoteTrack} track */
  #sizeOf({ publication, attachedElements }) {
    if (publication.videoDimensions) return publication.videoDimensions;
    if (!this.#adapts) return FULL;
    const ratio = Math.min(devicePixelRatio, MAX_RATIO);
    const seen = attachedElements.filter((element) => this.#isSeen(element));
    const sizes = seen.map(({ clientWidth, clientHeight }) => ({
      width: Math.round(clientWidth * ratio),
      height: Math.round(clientHeight * ratio),
    }));
    const [largest] = sizes.filter(({ width, height }) => width * height > 0).sort((a, b) => b.width * b.height - a.width * a.height);
    return largest ?? null;
  }

  /** @param {HTMLMediaElement} element */
  #isSeen(element) {
    if (element === document.pictureInPictureElement) return true;
    return !document.hidden && (this.#inSight.get(element) ?? false);
  }
}

/** @param {RemoteTrack} track */
function isGone({ publication, attachedElements }) {
  return attachedElements.length === 0 && (!publication.videoDimensions || publication.isMuted);
}

/**
 * Tracks that play in elements. What does it (`playback.js`, `adaptive.js`) is loaded with the first element that is attached; an
 * application that plays the Slots itself does without.
 */

import { Emitter } from "./emitter.js";

/**
 * @typedef {import("./remote.js").RemoteTrack} RemoteTrack
 * @typedef {{playback: import("./playback.js").Playback, view: import("./adaptive.js").AdaptiveView}} Parts
 */

/** Events: `playback` when sound may be played or no longer. @extends {Emitter<{playback: [boolean]}>} */
export class Attached extends Emitter {
  #slots;
  #setView;
  #adapts;
  /** @type {Parts | null} */
  #parts = null;
  /** @type {Promise<void> | null} */
  #loading = null;
  /** Attached before the parts were there. @type {Set<RemoteTrack>} */
  #early = new Set();
  #speaker = "";
  #viewIsTold = false;
  #closed = false;

  /**
   * @param {import("./slots.js").SlotTable} slots
   * @param {(tiles: import("./types.js").Tile[]) => void} setView
   * @param {boolean} adapts  see `AdaptiveView`
   */
  constructor(slots, setView, adapts) {
    super();
    this.#slots = slots;
    this.#setView = setView;
    this.#adapts = adapts;
  }

  get canPlaybackAudio() {
    return this.#parts?.playback.canPlaybackAudio ?? true;
  }

  /** Elements came or went, or what is wanted of the Track changed. @param {RemoteTrack} track */
  change(track) {
    if (this.#parts) {
      this.#parts.playback.change(track);
      this.#parts.view.change(track);
    } else if (track.attachedElements.length > 0 || track.publication.videoDimensions) {
      this.#early.add(track);
      this.#loading ??= this.#load().finally(() => (this.#loading = null));
    }
  }

  async #load() {
    const all = await Promise.all([import("./playback.js"), import("./adaptive.js")]).catch(() => null); // the next change tries again
    if (!all || this.#closed) return;
    const [{ Playback }, { AdaptiveView }] = all;
    const playback = new Playback(this.#slots);
    const view = new AdaptiveView(this.#setView, this.#adapts);
    playback.on("playback", (can) => this.emit("playback", can));
    playback.setSpeaker(this.#speaker);
    if (this.#viewIsTold) view.close();
    this.#parts = { playback, view };
    for (const track of this.#early) this.change(track);
    this.#early.clear();
  }

  /** The Slots have changed. */
  update() {
    this.#parts?.playback.update();
  }

  /** Who speaks has changed. */
  refresh() {
    this.#parts?.view.refresh();
  }

  /** The application says what it shows. */
  leaveView() {
    this.#viewIsTold = true;
    this.#parts?.view.close();
  }

  /** @param {string} device  of kind `audiooutput`; empty: the default */
  async setSpeaker(device) {
    this.#speaker = device;
    await this.#parts?.playback.setSpeaker(device);
  }

  async startAudio() {
    await this.#loading;
    await this.#parts?.playback.startAudio();
  }

  close() {
    this.#closed = true;
    this.#parts?.view.close();
    this.#parts?.playback.close();
  }
}

/**
 * Plays the others' Tracks in the elements that are attached to them.
 *
 * A Participant moves between Slots without renegotiation. Its elements play whichever Slot carries it now; they are empty
 * from the moment the Slot is given to it until the first frame that is certainly its own (`slots.js`). A video without a
 * page looks out for that frame, so that elements may be hidden or not in the page yet.
 */

import { Emitter } from "./emitter.js";
import { watchPicture } from "./slots.js";

/**
 * @typedef {import("./remote.js").RemoteTrack} RemoteTrack
 * @typedef {import("./slots.js").Slot} Slot
 * @typedef {{slot: Slot, turn: number, stop: () => void}} Playing
 */

const NEW_MS = 60_000; // after this no frame of the Slot's former Participant is on its way; RTP timestamps wrap around

/** Events: `playback` when sound may be played or no longer. @extends {Emitter<{playback: [boolean]}>} */
export class Playback extends Emitter {
  canPlaybackAudio = true;
  #slots;
  /** @type {Set<RemoteTrack>} */
  #tracks = new Set();
  /** @type {Map<RemoteTrack, Playing>} */
  #playing = new Map();
  #speaker = "";

  /** @param {import("./slots.js").SlotTable} slots */
  constructor(slots) {
    super();
    this.#slots = slots;
  }

  /** Elements were attached or detached, or the Track was muted. @param {RemoteTrack} track */
  change(track) {
    if (track.attachedElements.length > 0) this.#tracks.add(track);
    this.#follow(track);
    if (track.kind === "audio") this.#sound(track);
    if (track.attachedElements.length === 0) this.#tracks.delete(track);
  }

  /** The Slots have changed. */
  update() {
    for (const track of this.#tracks) {
      this.#follow(track);
      if (track.kind === "audio") this.#sound(track);
    }
  }

  /** @param {string} device  of kind `audiooutput`; empty: the default */
  async setSpeaker(device) {
    this.#speaker = device;
    await Promise.all(this.#audios.map((element) => this.#route(element)));
  }

  /** Play all that is attached, in a click where the browser wants one. Throws as `play` does. */
  async startAudio() {
    await Promise.all(this.#audios.filter(({ srcObject }) => srcObject).map((element) => element.play()));
    this.#allow(true);
  }

  close() {
    for (const track of this.#tracks) this.#stop(track);
  }

  get #audios() {
    return [...this.#tracks].filter(({ kind }) => kind === "audio").flatMap(({ attachedElements }) => attachedElements);
  }

  /** @param {RemoteTrack} track */
  #follow(track) {
    const { publication, source } = track;
    const wanted = track.attachedElements.length > 0 && publication.isEnabled && !publication.isMuted;
    const slot = wanted ? this.#slots.find(publication.participant.id, source.startsWith("screen") ? "screen" : "camera") : undefined;
    const playing = this.#playing.get(track);
    if (slot && playing?.slot === slot && playing.turn === slot.turn) return;
    this.#stop(track);
    if (!slot) return;
    const stop = track.kind === "audio" ? () => {} : watchOut(slot, () => track.play(slot.video));
    if (track.kind === "audio") track.play(slot.audio);
    this.#playing.set(track, { slot, turn: slot.turn, stop });
  }

  /** @param {RemoteTrack} track */
  #stop(track) {
    this.#playing.get(track)?.stop();
    this.#playing.delete(track);
    track.play(null);
  }

  /** @param {RemoteTrack} track */
  #sound({ attachedElements }) {
    for (const element of attachedElements) {
      this.#route(element);
      if (element.srcObject && element.paused) {
        element.play().catch((error) => error.name === "NotAllowedError" && this.#allow(false));
      }
    }
  }

  /** @param {HTMLMediaElement} element */
  async #route(element) {
    if (!element.setSinkId || element.sinkId === this.#speaker) return;
    await element.setSinkId(this.#speaker).catch(() => {}); // unplugged: it sounds from the default
  }

  /** @param {boolean} can */
  #allow(can) {
    if (can === this.canPlaybackAudio) return;
    this.canPlaybackAudio = can;
    this.emit("playback", can);
  }
}

/** Call `shown` with the first frame of the Slot's Participant. @param {Slot} slot @param {() => void} shown */
function watchOut(slot, shown) {
  const video = document.createElement("video");
  video.muted = video.playsInline = true;
  video.srcObject = slot.video;
  video.play().catch(() => {}); // stopped while it began
  const from = performance.now() - slot.since < NEW_MS ? slot.from : null;
  const unwatch = watchPicture(video, from, () => {
    stop();
    shown();
  });
  const stop = () => {
    unwatch();
    video.srcObject = null;
  };
  return stop;
}

/** The others, their publications and Tracks. How a Track's picture gets into its elements is `playback.js`. */

import { Participant } from "./participant.js";
import { Track } from "./track.js";

/**
 * @typedef {import("./types.js").Source} Source
 * @typedef {import("./room-types.js").RoomEvents} RoomEvents
 * @typedef {<Name extends keyof RoomEvents>(name: Name, ...args: RoomEvents[Name]) => void} Emit
 * @typedef {"low" | "medium" | "high"} VideoQuality
 */

/** Lines (shorter side) at most; 0: no cap. @type {{[quality in VideoQuality]: number}} */
const CAPS = { low: 180, medium: 360, high: 0 };
/** Published anew each time; the others stay, muted. @type {Set<Source>} */
const PASSING = new Set(["screen", "screen-audio"]);

export class RemoteTrack extends Track {
  /** 0 to 1, of sound. */
  #volume = 1;
  /** @type {RemoteTrackPublication} */
  publication;

  /** @param {RemoteTrackPublication} publication @param {(track: RemoteTrack) => void} changed */
  constructor(publication, changed) {
    super(publication.source, changed);
    this.publication = publication;
  }

  /** @override @param {HTMLMediaElement} [element] */
  attach(element) {
    const attached = super.attach(element);
    if (this.kind === "audio") attached.volume = this.#volume;
    return attached;
  }

  /** @param {number} volume  0 to 1 */
  setVolume(volume) {
    this.#volume = volume;
    if (this.kind === "audio") for (const element of this.attachedElements) element.volume = volume;
  }

  get volume() {
    return this.#volume;
  }
}

export class RemoteTrackPublication {
  isMuted = false;
  /** @see setEnabled */
  isEnabled = true;
  /** In device pixels, where the application says so. @type {{width: number, height: number} | null} */
  videoDimensions = null;
  /** @type {VideoQuality} */
  videoQuality = "high";
  #changed;

  /**
   * @param {RemoteParticipant} participant
   * @param {Source} source
   * @param {(track: RemoteTrack) => void} changed  called when what is wanted of the Track changed
   */
  constructor(participant, source, changed) {
    this.participant = participant;
    this.source = source;
    this.#changed = changed;
    this.track = new RemoteTrack(this, changed);
  }

  get kind() {
    return this.track.kind;
  }

  /** Whether a picture is received, whether sound is played: which sound is sent the server decides. @param {boolean} enabled */
  setEnabled(enabled) {
    this.isEnabled = enabled;
    this.#changed(this.track);
  }

  /** Ask for this size, whatever the elements measure; null: by their size again. @param {{width: number, height: number} | null} dimensions */
  setVideoDimensions(dimensions) {
    this.videoDimensions = dimensions;
    this.#changed(this.track);
  }

  /** At most 180 lines, 360, or all. @param {VideoQuality} quality */
  setVideoQuality(quality) {
    this.videoQuality = quality;
    this.#changed(this.track);
  }

  /** @internal */
  get cap() {
    return CAPS[this.videoQuality];
  }
}

/** @extends {Participant<RemoteTrackPublication>} */
export class RemoteParticipant extends Participant {
  #volume = 1;

  /** How loud this person is here, 0 to 1; also what is sent later. @param {number} volume */
  setVolume(volume) {
    this.#volume = volume;
    for (const { track } of this.trackPublications.values()) track.setVolume(volume);
  }

  /**
   * Bring the publications to what the server says, and tell of each difference.
   *
   * @internal
   * @param {import("./types.js").TrackState[]} tracks
   * @param {Emit} emit
   * @param {(track: RemoteTrack) => void} changed
   */
  publish(tracks, emit, changed) {
    const flowing = new Set(tracks.filter(({ muted }) => !muted).map(({ source }) => source));
    for (const [source, publication] of this.trackPublications) {
      if (flowing.has(source) || publication.isMuted) continue;
      if (PASSING.has(source)) this.#unpublish(publication, emit);
      else this.#setMuted(publication, true, emit, changed);
    }
    for (const source of flowing) {
      const known = this.trackPublications.get(source);
      if (known?.isMuted) this.#setMuted(known, false, emit, changed);
      if (known) continue;
      const publication = new RemoteTrackPublication(this, source, changed);
      publication.track.setVolume(this.#volume);
      this.trackPublications.set(source, publication);
      emit("trackSubscribed", publication.track, publication, this);
    }
  }

  /** They are gone. @internal @param {Emit} emit */
  unpublishAll(emit) {
    for (const publication of [...this.trackPublications.values()]) this.#unpublish(publication, emit);
  }

  /** @param {RemoteTrackPublication} publication @param {boolean} muted @param {Emit} emit @param {(track: RemoteTrack) => void} changed */
  #setMuted(publication, muted, emit, changed) {
    publication.isMuted = muted;
    changed(publication.track);
    emit(muted ? "trackMuted" : "trackUnmuted", publication, this);
  }

  /** @param {RemoteTrackPublication} publication @param {Emit} emit */
  #unpublish(publication, emit) {
    this.trackPublications.delete(publication.source);
    publication.isMuted = true;
    emit("trackUnsubscribed", publication.track, publication, this);
    publication.track.detach();
  }
}

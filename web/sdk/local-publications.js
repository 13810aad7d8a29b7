/** What one publishes oneself, in the shape of the others' publications: to show one's own picture, and to tell of changes. */

import { Track } from "./track.js";

/**
 * @typedef {import("./types.js").Source} Source
 * @typedef {import("./local.js").LocalParticipant} LocalParticipant
 * @typedef {import("./remote.js").Emit} Emit
 */

export class LocalTrack extends Track {
  #own;

  /** @param {Source} source @param {LocalParticipant} own */
  constructor(source, own) {
    super(source, () => {});
    this.#own = own;
  }

  /** See `LocalParticipant.setProcessor`. @param {import("./processing.js").TrackProcessor} processor */
  setProcessor(processor) {
    return this.#own.setProcessor(this.source, processor);
  }

  getProcessor() {
    return this.#own.getProcessor(this.source);
  }

  stopProcessor() {
    return this.#own.setProcessor(this.source, null);
  }
}

export class LocalTrackPublication {
  isMuted = false;

  /** @param {Source} source @param {LocalParticipant} own */
  constructor(source, own) {
    this.source = source;
    this.track = new LocalTrack(source, own);
  }

  get kind() {
    return this.track.kind;
  }
}

/**
 * Bring the publications to what is open now. A microphone or camera that was published stays, muted.
 *
 * @param {LocalParticipant} own
 * @param {readonly Source[]} sources
 * @param {Emit} emit
 */
export function publishOwn(own, sources, emit) {
  for (const source of sources) {
    const open = own.track(source);
    const known = own.trackPublications.get(source);
    if (!open && !known) continue;
    const publication = known ?? new LocalTrackPublication(source, own);
    const { track } = publication;
    const shown = own.outgoing(source);
    if (shown !== track.mediaStreamTrack) track.play(shown && new MediaStream([shown]));
    if (!known) {
      publication.isMuted = !own.isEnabled(source);
      own.trackPublications.set(source, publication);
      emit("localTrackPublished", publication, own);
    } else if (!open && source.startsWith("screen")) {
      own.trackPublications.delete(source);
      emit("localTrackUnpublished", publication, own);
      track.detach();
    } else if (publication.isMuted === own.isEnabled(source)) {
      publication.isMuted = !publication.isMuted;
      emit(publication.isMuted ? "trackMuted" : "trackUnmuted", publication, own);
    }
  }
}

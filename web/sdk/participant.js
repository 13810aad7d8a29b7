/** Somebody in a Room, oneself or another: what the server says of them and what they publish. */

/**
 * @typedef {import("./types.js").Source} Source
 * @typedef {import("./types.js").ConnectionQuality} ConnectionQuality
 */

/** @template {{isMuted: boolean}} Publication */
export class Participant {
  id = "";
  name = "";
  /** @type {import("./types.js").Role} */
  role = "speaker";
  /** Not signed in. */
  guest = false;
  /** @type {import("./types.js").Connection} */
  connection = "connected";
  /** Unix ms since when the hand is raised. @type {number | null} */
  hand = null;
  /** `/api/pictures/{picture}` @type {string | null} */
  picture = null;
  /** Undefined until it is known. @type {ConnectionQuality | undefined} */
  connectionQuality = undefined;
  isSpeaking = false;
  /** 0 silent, 1 the loudest. */
  audioLevel = 0;
  /** At most one of each source. @type {Map<Source, Publication>} */
  trackPublications = new Map();

  /** @param {Source} source */
  getTrackPublication(source) {
    return this.trackPublications.get(source);
  }

  /** @param {Source} source */
  isEnabled(source) {
    return this.trackPublications.get(source)?.isMuted === false;
  }

  get isMicrophoneEnabled() {
    return this.isEnabled("microphone");
  }

  get isCameraEnabled() {
    return this.isEnabled("camera");
  }

  get isScreenShareEnabled() {
    return this.isEnabled("screen");
  }

  /** What the server says of them. @internal @param {import("./types.js").ParticipantState} state */
  know({ id, name, role, guest, connection, hand, picture }) {
    Object.assign(this, { id, name, role, guest: guest ?? false, connection, hand: hand ?? null, picture: picture ?? null });
  }

  /** @internal @param {number | undefined} level  -dBov, undefined: silent @returns {void} */
  speak(level) {
    this.isSpeaking = level !== undefined;
    this.audioLevel = level === undefined ? 0 : Math.max(0, 1 - level / 127);
  }
}

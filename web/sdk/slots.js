/**
 * Which participant each Slot carries, and since when.
 *
 * The server says over the socket that Slot i now carries B, before its engine moves; pictures of A are still on
 * their way. So B's picture may be shown only from the frame with RTP timestamp `from_rtp_timestamp` on
 * (`requestVideoFrameCallback` tells each frame's): a picture never stands under another person's name.
 */

/**
 * @typedef {import("./types.js").SlotState} SlotState
 * @typedef {import("./types.js").Source} Source
 *
 * @typedef {object} Slot
 * @property {number} slot
 * @property {string | null} participant
 * @property {Source} source
 * @property {number | null} from
 * @property {import("./types.js").Reason} reason
 * @property {string | null} codec
 * @property {number | null} layer
 * @property {number | null} temporal
 * @property {number | null} bitrate
 * @property {number | null} height
 * @property {number} turn  grows each time the Slot changes hands
 * @property {number} since  of the turn, `performance.now()`
 * @property {MediaStream} audio
 * @property {MediaStream} video
 */

const HALF = 2 ** 31;
const NO_TIMESTAMP_MS = 500; // a browser that tells no RTP timestamps: old pictures are through by then

/**
 * Whether `timestamp` is `from` or later, in 32-bit RTP arithmetic (RFC 3550 timestamps wrap around).
 *
 * @param {number} timestamp
 * @param {number} from
 */
export function isAtOrAfter(timestamp, from) {
  return (timestamp - from) >>> 0 < HALF;
}

/**
 * Call `shown` once, when `video` shows the first frame from `from` on. The returned function stops the watch.
 *
 * @param {Pick<HTMLVideoElement, "requestVideoFrameCallback" | "cancelVideoFrameCallback">} video
 * @param {number | null} from  null: any next frame
 * @param {() => void} shown
 * @param {() => number} now
 * @returns {() => void}
 */
export function watchPicture(video, from, shown, now = () => performance.now()) {
  const since = now();
  let handle = video.requestVideoFrameCallback(onFrame);
  return () => video.cancelVideoFrameCallback(handle);

  /** @param {number} _time @param {VideoFrameCallbackMetadata} frame */
  function onFrame(_time, { rtpTimestamp }) {
    const reached =
      from === null || (rtpTimestamp === undefined ? now() - since >= NO_TIMESTAMP_MS : isAtOrAfter(rtpTimestamp, from));
    if (reached) return shown();
    handle = video.requestVideoFrameCallback(onFrame);
  }
}

/** The whole table; `update` is latest-wins. */
export class SlotTable {
  /** @type {Slot[]} */
  #slots = [];

  /** @returns {readonly Slot[]} */
  get all() {
    return this.#slots;
  }

  /**
   * Take the receivers of the connection's pairs; new pairs are added at the end.
   *
   * @param {{audio: RTCRtpTransceiver, video: RTCRtpTransceiver}[]} pairs
   */
  bind(pairs) {
    for (const { audio, video } of pairs.slice(this.#slots.length)) {
      this.#slots.push({
        slot: this.#slots.length,
        ...EMPTY,
        turn: 0,
        since: 0,
        audio: new MediaStream([audio.receiver.track]),
        video: new MediaStream([video.receiver.track]),
      });
    }
  }

  /** Forget everything: a new connection brings new receivers. */
  clear() {
    this.#slots = [];
  }

  /**
   * @param {SlotState[]} states  Slots that are not named are empty
   */
  update(states) {
    const bySlot = new Map(states.map((state) => [state.slot, state]));
    for (const slot of this.#slots) {
      const next = read(bySlot.get(slot.slot));
      if (next.participant !== slot.participant || next.source !== slot.source) {
        slot.turn += 1;
        slot.since = performance.now();
      }
      Object.assign(slot, next);
    }
  }

  /**
   * @param {string} participant
   * @param {Source} source  `camera` or `screen`
   */
  find(participant, source) {
    return this.#slots.find((slot) => slot.participant === participant && slot.source === source);
  }
}

const EMPTY = {
  participant: /** @type {string | null} */ (null),
  source: /** @type {Source} */ ("camera"),
  from: /** @type {number | null} */ (null),
  reason: /** @type {import("./types.js").Reason} */ ("viewport"),
  codec: /** @type {string | null} */ (null),
  layer: /** @type {number | null} */ (null),
  temporal: /** @type {number | null} */ (null),
  bitrate: /** @type {number | null} */ (null),
  height: /** @type {number | null} */ (null),
};

/** @param {SlotState | undefined} state */
function read(state) {
  if (!state) return EMPTY;
  return {
    participant: state.participant ?? null,
    source: state.source ?? "camera",
    from: state.from_rtp_timestamp ?? null,
    reason: state.reason ?? "viewport",
    codec: state.codec ?? null,
    layer: state.layer ?? null,
    temporal: state.temporal ?? null,
    bitrate: state.bitrate ?? null,
    height: state.height ?? null,
  };
}

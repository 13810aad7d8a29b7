/**
 * What this connection sends: one sendonly m-line for each source, there from the start, and the encodings of each.
 *
 * The encodings follow from everything that is known (size of the capture, the user's cap, what anybody wants, how
 * busy the machine is, whether a screen is shared), by one function, `simulcast.js`. Whatever changes, they are
 * computed anew from all of it, and each sender's `setParameters` run one after the other: causes never fight.
 */

import { preferCodecs } from "./codecs.js";
import { screenRate } from "./devices.js";
import { addSender, setEncodings } from "./sender.js";
import { encodings, layerCount, layersOf } from "./simulcast.js";
import { chooseEncoding } from "./video-codec.js";

/**
 * @typedef {import("./types.js").Source} Source
 * @typedef {import("./types.js").LayerShape} LayerShape
 * @typedef {import("./simulcast.js").Size} Size
 * @typedef {import("./simulcast.js").Limits} Limits
 * @typedef {import("./video-codec.js").VideoCodec} VideoCodec
 *
 * @typedef {object} Sending
 * @property {RTCRtpTransceiver} transceiver
 * @property {number} rids
 * @property {import("./video-codec.js").Encoding | null} encoding  of video
 * @property {MediaStreamTrack | null} track
 * @property {MediaStreamTrack | null} device  whose size the track has
 * @property {Size | null} size
 * @property {readonly boolean[] | null} demand
 * @property {string} told  the layers that the server knows of
 * @property {Promise<void>} applying
 * @property {boolean} stale
 */

const MAX_RIDS = 3;
const SCREEN_BITRATE = 2_500_000;
const CAP_WHILE_SHARING = 360; // the screen comes first; people stand in a filmstrip beside it
/** Who gets the bits first where there are too few. @type {{[source in Source]: RTCPriorityType}} */
const PRIORITY = { microphone: "high", camera: "low", screen: "high", "screen-audio": "high" };

export class Publisher {
  #pc;
  #sources;
  #tell;
  #guard;
  /** @type {Map<Source, Sending>} */
  #sending = new Map();
  /** @type {Limits} */
  #limits = {};
  #motion = false;

  /**
   * @param {RTCPeerConnection} pc
   * @param {object} options
   * @param {Size} options.capture  the camera's size, as far as it is known
   * @param {VideoCodec} [options.videoCodec]
   * @param {string} [options.scalabilityMode]
   * @param {ReadonlySet<Source> | null} [options.sources]  that may be sent; null: all
   * @param {(source: Source, layers: LayerShape[]) => void} options.tell  the server about what is offered
   * @param {import("./encryption.js").Guard | null} [options.guard]  encrypts what is sent
   */
  constructor(pc, { capture, videoCodec = "vp8", scalabilityMode, sources = null, tell, guard = null }) {
    this.#pc = pc;
    this.#sources = sources;
    this.#tell = tell;
    this.#guard = guard;
    const person = new MediaStream();
    const screen = new MediaStream();
    const camera = chooseEncoding(videoCodec, scalabilityMode, MAX_RIDS, Boolean(guard));
    const rids = camera.svc ? 1 : Math.min(layerCount(capture), MAX_RIDS);
    this.#add("microphone", "audio", person, 1, null);
    this.#add("camera", "video", person, rids, camera, capture);
    this.#add("screen", "video", screen, 1, { ...camera, svc: null, mode: "L1T3" });
    this.#add("screen-audio", "audio", screen, 1, null);
  }

  /** What the offer says of them. @returns {import("./types.js").PublishedTrack[]} */
  get tracks() {
    return [...this.#sending].map(([source, { transceiver }]) => ({ mid: transceiver.mid ?? "", source }));
  }

  /**
   * @param {Source} source
   * @param {"audio" | "video"} kind
   * @param {MediaStream} stream
   * @param {number} rids
   * @param {import("./video-codec.js").Encoding | null} encoding
   * @param {Size} [size]
   */
  #add(source, kind, stream, rids, encoding, size) {
    if (this.#sources && !this.#sources.has(source)) return;
    const wish = size && { size, rids, svc: encoding?.svc, mode: encoding?.mode };
    const wanted = wish ? encodings(wish) : [encoding ? { maxBitrate: SCREEN_BITRATE, scalabilityMode: encoding.mode } : {}];
    const transceiver = addSender(this.#pc, kind, stream, wanted, encoding?.codec);
    this.#guard?.send(source, transceiver.sender);
    preferCodecs(transceiver, kind, encoding?.codec?.mimeType, Boolean(this.#guard));
    const state = { track: null, device: null, size: null, demand: null, told: "", applying: Promise.resolve(), stale: false };
    this.#sending.set(source, { transceiver, rids, encoding, ...state });
  }

  /**
   * Send this track as `source` from now on, or nothing.
   *
   * @param {Source} source
   * @param {MediaStreamTrack | null} track
   * @param {MediaStreamTrack | null} [device]  which it was made of: what is made may not know its size
   */
  async setTrack(source, track, device = track) {
    const sending = this.#sending.get(source);
    if (!sending) return;
    sending.track = track;
    sending.device = device;
    if (track?.kind === "video") this.#hint(source, track);
    await sending.transceiver.sender.replaceTrack(track);
    sending.size = track && device && sizeOf(device);
    const others = source === "screen" ? [this.#apply("camera")] : [];
    await Promise.all([this.#apply(source), ...others]);
  }

  /** What of `source` somebody wants, by layer. @param {Source} source @param {readonly boolean[]} layers */
  setDemand(source, layers) {
    const sending = this.#sending.get(source);
    if (!sending) return;
    sending.demand = layers;
    this.#apply(source);
  }

  /** How much of the camera is sent at most. @param {Limits} limits */
  setLimits(limits) {
    this.#limits = { ...this.#limits, ...limits };
    this.#apply("camera");
  }

  /** Whether a shared screen shows moving pictures: then it is smooth first, else sharp. @param {boolean} motion */
  setMotion(motion) {
    this.#motion = motion;
    const track = this.#sending.get("screen")?.track;
    if (track) this.#hint("screen", track);
    this.#apply("screen");
  }

  /** An answer may take fewer layers than were offered; the present ones are then made of what is left. */
  negotiated() {
    this.#guard?.negotiated([...this.#sending.values()].map(({ transceiver }) => transceiver.sender));
    for (const [source, sending] of this.#sending) {
      const count = sending.transceiver.sender.getParameters().encodings?.length ?? 0;
      if (!sending.encoding || count === 0 || count === sending.rids) continue;
      sending.rids = count;
      this.#apply(source);
    }
  }

  /** Look whether a capture has changed its size: a phone was turned, a shared window dragged. */
  refresh() {
    for (const [source, sending] of this.#sending) {
      const size = sending.track?.kind === "video" && sending.device ? sizeOf(sending.device) : null;
      if (!size || (size.width === sending.size?.width && size.height === sending.size?.height)) continue;
      sending.size = size;
      this.#apply(source);
    }
  }

  /** @param {Source} source @param {MediaStreamTrack} track */
  #hint(source, track) {
    track.contentHint = source === "camera" || this.#motion ? "motion" : "detail";
    if (source === "screen") track.applyConstraints?.(screenRate(this.#motion)).catch(() => {}); // a wish
  }

  /** Bring the sender to what is wanted now; calls that come while one runs become one more. @param {Source} source */
  #apply(source) {
    const sending = this.#sending.get(source);
    if (!sending) return Promise.resolve();
    this.#tellLayers(source, sending);
    if (sending.stale) return sending.applying;
    sending.stale = true;
    sending.applying = sending.applying.then(() => {
      sending.stale = false;
      return this.#setParameters(source, sending);
    });
    return sending.applying;
  }

  /** @param {Source} source @param {Sending} sending */
  async #setParameters(source, sending) {
    const { sender } = sending.transceiver;
    const wanted = this.#wanted(source, sending);
    if (!wanted || this.#pc.signalingState === "closed") return;
    const soft = { degradationPreference: this.#preference(source) };
    const first = { priority: PRIORITY[source] };
    if (await setEncodings(sender, wanted, soft, first)) return;
    await setEncodings(sender, wanted, {}, {}); // a browser that knows no priorities; else what it sent before still goes
  }

  /** @param {Source} source @param {Sending} sending @returns {RTCRtpEncodingParameters[] | null} */
  #wanted(source, { rids, encoding, size, demand }) {
    if (!encoding) return [{}];
    if (!size) return null;
    if (source === "camera") {
      return encodings({ size, rids, svc: encoding.svc, mode: encoding.mode, demand, limits: this.#cameraLimits() });
    }
    return [{ active: demand?.[0] ?? true, maxBitrate: SCREEN_BITRATE }];
  }

  /** @returns {Limits} */
  #cameraLimits() {
    const { cap = 0, less } = this.#limits;
    const sharing = Boolean(this.#sending.get("screen")?.track);
    return { cap: sharing ? Math.min(cap || CAP_WHILE_SHARING, CAP_WHILE_SHARING) : cap, less };
  }

  /** @param {Source} source */
  #preference(source) {
    return source === "camera" || this.#motion ? "maintain-framerate" : "maintain-resolution";
  }

  /** @param {Source} source @param {Sending} sending */
  #tellLayers(source, sending) {
    const { size, rids, encoding, told } = sending;
    if (!encoding || !size) return;
    const layers =
      source === "camera"
        ? layersOf({ size, rids, svc: encoding.svc, limits: this.#cameraLimits() })
        : [{ ...size, bitrate: SCREEN_BITRATE }];
    const text = JSON.stringify(layers);
    if (text === told) return;
    sending.told = text;
    this.#tell(source, layers);
  }
}

/** @param {MediaStreamTrack} track @returns {Size | null} */
function sizeOf(track) {
  const { width, height } = track.getSettings();
  return width && height ? { width, height } : null;
}

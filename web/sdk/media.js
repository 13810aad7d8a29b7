/**
 * The one `RTCPeerConnection`.
 *
 * Its m-lines, in order: microphone, camera (simulcast), screen, screen audio, all sendonly and there from the start,
 * so that switching a device on or sharing a screen is `replaceTrack` and never an offer; then recvonly Slots in
 * pairs (audio, video), which the server fills. Only three things make an offer: the start, more Slots, an ICE restart.
 * The client always offers; offers run one at a time.
 */

import { preferCodecs } from "./codecs.js";
import { Emitter } from "./emitter.js";
import { TrebleError } from "./errors.js";
import { PathKeeper } from "./path-keeper.js";
import { encodings } from "./simulcast.js";

/**
 * @typedef {import("./types.js").Source} Source
 * @typedef {import("./types.js").PublishedTrack} PublishedTrack
 * @typedef {import("./types.js").SlotPair} SlotPair
 * @typedef {{sdp: string, tracks: PublishedTrack[], slots: SlotPair[]}} Offer
 * @typedef {{audio: RTCRtpTransceiver, video: RTCRtpTransceiver}} Pair
 */

const SCREEN_BITRATE = 2_500_000;
const MAX_SLOTS = 30;

/**
 * Events: `state` whenever the connection's state changes, `stuck` when this connection cannot be saved.
 *
 * @extends {Emitter<{state: [RTCPeerConnectionState], stuck: []}>}
 */
export class Media extends Emitter {
  #exchange;
  #rids;
  /** @type {Map<Source, RTCRtpTransceiver>} */
  #senders = new Map();
  /** @type {Pair[]} */
  #pairs = [];
  /** @type {Promise<void> | null} */
  #negotiating = null;
  #wanted = false;
  #keeper;

  /**
   * @param {object} options
   * @param {RTCIceServer[]} options.iceServers
   * @param {{width: number, height: number}} options.capture  the camera's size, as far as it is known
   * @param {number} options.slots
   * @param {boolean} options.publishes  false for a viewer: its offers hold no sendonly m-line
   * @param {(offer: Offer) => Promise<string>} options.exchange  sends the offer, gives the answer's SDP
   */
  constructor({ iceServers, capture, slots, publishes, exchange }) {
    super();
    this.#exchange = exchange;
    this.#rids = encodings(capture).length;
    this.pc = new RTCPeerConnection({ iceServers, bundlePolicy: "max-bundle" });
    this.pc.addEventListener("connectionstatechange", () => this.emit("state", this.pc.connectionState));
    this.#keeper = new PathKeeper(this.pc, () => this.restart(), () => this.emit("stuck"));
    if (publishes) this.#addSenders(capture);
    this.#addPairs(slots);
  }

  /** The receiving pairs; a Slot's number is its index. */
  get pairs() {
    return this.#pairs;
  }

  /** @param {{width: number, height: number}} capture */
  #addSenders(capture) {
    const person = new MediaStream();
    const screen = new MediaStream();
    this.#addSender("microphone", "audio", person, []);
    this.#addSender("camera", "video", person, encodings(capture));
    this.#addSender("screen", "video", screen, [{ maxBitrate: SCREEN_BITRATE }]);
    this.#addSender("screen-audio", "audio", screen, []);
  }

  /**
   * @param {Source} source
   * @param {"audio" | "video"} kind
   * @param {MediaStream} stream
   * @param {RTCRtpEncodingParameters[]} sendEncodings
   */
  #addSender(source, kind, stream, sendEncodings) {
    const init = { direction: /** @type {const} */ ("sendonly"), streams: [stream] };
    const transceiver = this.pc.addTransceiver(kind, sendEncodings.length ? { ...init, sendEncodings } : init);
    preferCodecs(transceiver, kind);
    this.#senders.set(source, transceiver);
  }

  /** @param {number} count */
  #addPairs(count) {
    while (this.#pairs.length < Math.min(count, MAX_SLOTS)) {
      const audio = this.pc.addTransceiver("audio", { direction: "recvonly" });
      const video = this.pc.addTransceiver("video", { direction: "recvonly" });
      preferCodecs(audio, "audio");
      preferCodecs(video, "video");
      this.#pairs.push({ audio, video });
    }
  }

  /**
   * Send this track as `source` from now on, or nothing.
   *
   * @param {Source} source
   * @param {MediaStreamTrack | null} track
   */
  async setTrack(source, track) {
    const sender = this.#senders.get(source)?.sender;
    if (!sender) return;
    await sender.replaceTrack(track);
    if (source === "camera" && track) await this.#fitLayers(sender, track);
  }

  /**
   * Give the camera's layers the sizes and bitrates that fit what the camera really gives.
   *
   * @param {RTCRtpSender} sender
   * @param {MediaStreamTrack} track
   */
  async #fitLayers(sender, track) {
    const { width, height } = track.getSettings();
    if (!width || !height) return;
    const fitting = encodings({ width, height }, this.#rids);
    const parameters = sender.getParameters();
    if (parameters.encodings?.length !== fitting.length) return;
    parameters.encodings = parameters.encodings.map((encoding, index) => ({ ...encoding, ...fitting[index] }));
    await sender.setParameters(parameters).catch(() => {}); // what it sent before still goes
  }

  /**
   * Have at least `count` pairs.
   *
   * @param {number} count
   * @returns {Promise<boolean>}  whether pairs were added
   */
  async ensurePairs(count) {
    const before = this.#pairs.length;
    if (count <= before || before >= MAX_SLOTS) return false;
    this.#addPairs(count);
    await this.negotiate();
    return true;
  }

  /** New ICE credentials and candidates over the same DTLS. */
  async restart() {
    if (this.pc.connectionState === "closed") return;
    this.pc.restartIce();
    await this.negotiate();
  }

  /** Something may have happened to the network: look at the path now. */
  checkPath() {
    this.#keeper.check();
  }

  /** Offer until what is offered is what is wanted. */
  negotiate() {
    this.#wanted = true;
    this.#negotiating ??= this.#run().finally(() => {
      this.#negotiating = null;
    });
    return this.#negotiating;
  }

  async #run() {
    while (this.#wanted && this.pc.signalingState !== "closed") {
      this.#wanted = false;
      await this.pc.setLocalDescription(await this.pc.createOffer());
      try {
        const answer = await this.#exchange(this.#describe());
        if (this.pc.signalingState === "have-local-offer") {
          await this.pc.setRemoteDescription({ type: "answer", sdp: answer });
          this.#keeper.watchTransport();
        }
      } catch (error) {
        await this.#rollBack();
        throw error instanceof TrebleError ? error : new TrebleError("bad.sdp", { detail: String(error) });
      }
    }
  }

  async #rollBack() {
    if (this.pc.signalingState !== "have-local-offer" || !this.pc.currentLocalDescription) return;
    await this.pc.setLocalDescription({ type: "rollback" }).catch(() => {});
  }

  /** @returns {Offer} */
  #describe() {
    const tracks = [...this.#senders].map(([source, { mid }]) => ({ mid: mid ?? "", source }));
    const slots = this.#pairs.map(({ audio, video }, slot) => ({ slot, audio_mid: audio.mid, video_mid: video.mid }));
    return { sdp: this.pc.localDescription?.sdp ?? "", tracks, slots };
  }

  close() {
    this.#keeper.stop();
    this.pc.close();
  }
}

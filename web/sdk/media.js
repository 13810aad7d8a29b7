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
import { askForDescriptor } from "./extensions.js";
import { PathKeeper } from "./path-keeper.js";
import { Publisher } from "./publisher.js";

/**
 * @typedef {import("./types.js").PublishedTrack} PublishedTrack
 * @typedef {import("./types.js").SlotPair} SlotPair
 * @typedef {{sdp: string, tracks: PublishedTrack[], slots: SlotPair[]}} Offer
 * @typedef {{audio: RTCRtpTransceiver, video: RTCRtpTransceiver}} Pair
 */

const MAX_SLOTS = 30;

/**
 * Events: `state` whenever the connection's state changes, `stuck` when this connection cannot be saved.
 *
 * @extends {Emitter<{state: [RTCPeerConnectionState], stuck: []}>}
 */
export class Media extends Emitter {
  #exchange;
  #guard;
  /** @type {Publisher | null} */
  publisher = null; // a viewer has none
  /** @type {Pair[]} */
  #pairs = [];
  /** @type {Promise<void> | null} */
  #negotiating = null;
  #wanted = false;
  #keeper;

  /**
   * @param {object} options
   * @param {RTCIceServer[]} options.iceServers
   * @param {ConstructorParameters<typeof Publisher>[1] | null} options.publish  null for a viewer: its offers hold no
   *   sendonly m-line
   * @param {number} options.slots
   * @param {(offer: Offer) => Promise<string>} options.exchange  sends the offer, gives the answer's SDP
   * @param {import("./encryption.js").Guard | null} [options.guard]  what is sent and received goes through it
   */
  constructor({ iceServers, publish, slots, exchange, guard = null }) {
    super();
    this.#guard = guard;
    this.#exchange = exchange;
    this.pc = new RTCPeerConnection({ iceServers, bundlePolicy: "max-bundle" });
    this.pc.addEventListener("connectionstatechange", () => this.emit("state", this.pc.connectionState));
    this.#keeper = new PathKeeper(this.pc, () => this.restart(), () => this.emit("stuck"));
    if (publish) this.publisher = new Publisher(this.pc, { ...publish, guard });
    this.#addPairs(slots);
  }

  /** The receiving pairs; a Slot's number is its index. */
  get pairs() {
    return this.#pairs;
  }

  /** @param {number} count */
  #addPairs(count) {
    while (this.#pairs.length < Math.min(count, MAX_SLOTS)) {
      const audio = this.pc.addTransceiver("audio", { direction: "recvonly" });
      const video = this.pc.addTransceiver("video", { direction: "recvonly" });
      preferCodecs(audio, "audio", undefined, Boolean(this.#guard));
      preferCodecs(video, "video", undefined, Boolean(this.#guard));
      this.#guard?.receive(this.#pairs.length, "audio", audio.receiver);
      this.#guard?.receive(this.#pairs.length, "video", video.receiver);
      askForDescriptor(video);
      this.#pairs.push({ audio, video });
    }
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
          this.publisher?.negotiated();
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
    const tracks = this.publisher?.tracks ?? [];
    const slots = this.#pairs.map(({ audio, video }, slot) => ({ slot, audio_mid: audio.mid, video_mid: video.mid }));
    return { sdp: this.pc.localDescription?.sdp ?? "", tracks, slots };
  }

  close() {
    this.#keeper.stop();
    this.pc.close();
  }
}

/**
 * One's media connection through the life of a Room: which `Media` stands, what its Slots carry, and another in its place
 * where it cannot be saved.
 */

import { DESKTOP_CAPTURE } from "./devices.js";
import { Emitter } from "./emitter.js";
import { Media } from "./media.js";
import { Monitor } from "./monitor.js";
import { mayPass } from "./signal.js";
import { SlotTable } from "./slots.js";

/**
 * @typedef {import("./types.js").Source} Source
 * @typedef {import("./types.js").SlotState} SlotState
 * @typedef {import("./local.js").LocalParticipant} LocalParticipant
 * @typedef {import("./room-types.js").RoomOptions} RoomOptions
 */

const SPARE_SLOTS = 3; // for the loudest who are not on the page
const SLOT_STEP = 4;
const REBUILD_MS = 1_000;
const OFFER_TRIES = 6; // a media server that starts anew is back within seconds

/**
 * Events: `state` whenever the connection's state changes or another takes its place, `slots` when the table changed, `open` after
 * each new connection's first answer, `failed` when one could not be made in an older one's place.
 *
 * @extends {Emitter<{state: [], slots: [], open: [], failed: [unknown]}>}
 */
export class Peer extends Emitter {
  slots = new SlotTable();
  #local;
  #options;
  #ask;
  #guard;
  /** @type {Media | null} */
  #media = null;
  /** @type {SlotState[]} */
  #states = [];
  /** @type {RTCIceServer[]} */
  #iceServers = [];
  /** @type {import("./simulcast.js").Limits} */
  #limits;
  #motion;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #rebuilding;

  /**
   * @param {LocalParticipant} local
   * @param {RoomOptions} options
   * @param {(type: string, fields: object) => Promise<any>} ask  the server
   * @param {() => import("./encryption.js").Guard | null} guard  of each new connection, where the Room is encrypted
   */
  constructor(local, options, ask, guard) {
    super();
    this.#local = local;
    this.#options = options;
    this.#ask = ask;
    this.#guard = guard;
    this.#limits = { cap: options.sendCap ?? 0 };
    this.#motion = options.motion ?? false;
    this.monitor = new Monitor(() => this.#media?.pc ?? null, options.sparing ?? true);
    this.monitor.on("reading", () => this.#media?.publisher?.refresh());
    this.monitor.on("load", (less) => this.setLimits({ less }));
  }

  get media() {
    return this.#media;
  }

  get isOpen() {
    return this.#media !== null;
  }

  /** Whether what stands does not carry anything now. */
  get isBroken() {
    const state = this.#media?.pc.connectionState;
    return state === "disconnected" || state === "failed";
  }

  /**
   * A new connection in place of an older one; its certificate tells the server that it is another Peer.
   *
   * @param {SlotState[]} states
   * @param {RTCIceServer[]} [iceServers]
   */
  async open(states, iceServers = this.#iceServers) {
    this.#media?.close();
    this.#iceServers = iceServers;
    this.slots.clear();
    const { width = 0, height = 0 } = this.#local.track("camera")?.getSettings() ?? {};
    const media = new Media({
      iceServers,
      publish: this.#local.mayPublish ? this.#publishing(width && height ? { width, height } : null) : null,
      slots: this.#options.slots ?? 12,
      exchange: (offer) => this.#exchange(offer),
      guard: this.#guard(),
    });
    this.#media = media;
    media.publisher?.setLimits(this.#limits);
    media.publisher?.setMotion(this.#motion);
    media.on("state", () => media === this.#media && this.emit("state"));
    media.on("stuck", () => media === this.#media && this.rebuild());
    this.slots.bind(media.pairs);
    this.takeSlots(states);
    try {
      await this.#local.attach(media);
      this.#local.announce(); // first, so that nobody sees an empty screen
      await media.negotiate();
    } catch (error) {
      if (media === this.#media) throw error;
    }
    if (media !== this.#media) return;
    this.monitor.start();
    this.emit("open");
  }

  /**
   * Replace a connection that cannot be saved. After a moment: what ends the Session often closes media first.
   *
   * @param {boolean} [now]  it is to send nothing more
   */
  rebuild(now) {
    const media = this.#media;
    const again = () => media && media === this.#media && this.open([]).catch((error) => this.emit("failed", error));
    clearTimeout(this.#rebuilding);
    if (now) return queueMicrotask(again);
    this.#rebuilding = setTimeout(again, REBUILD_MS);
    this.emit("state");
  }

  close() {
    clearTimeout(this.#rebuilding);
    this.monitor.stop();
    this.#media?.close();
    this.#media = null;
  }

  /** What a Slot's picture does now. @param {import("./slots.js").Slot} slot */
  received({ slot }) {
    return this.monitor.received(this.#media?.pairs[slot]?.video.mid ?? null);
  }

  /** What one's own Track does now. @param {Source} source */
  sent(source) {
    return this.monitor.sent(this.#media?.publisher?.tracks.find((track) => track.source === source)?.mid ?? null);
  }

  /** @param {SlotState[]} [states]  those of before where nothing new is known */
  takeSlots(states = this.#states) {
    this.#states = states;
    this.slots.update(states);
    this.emit("slots");
  }

  /** More tiles than Slots: offer more, in steps, so that a growing room causes few offers. @param {number} tiles */
  async growSlots(tiles) {
    const media = this.#media;
    const needed = tiles + SPARE_SLOTS;
    if (!media || needed <= media.pairs.length) return;
    const grown = await media.ensurePairs(Math.ceil(needed / SLOT_STEP) * SLOT_STEP).catch(() => false); // the server keeps to what it gave
    if (!grown || media !== this.#media) return;
    this.slots.bind(media.pairs);
    this.takeSlots();
  }

  /** How much of the camera is sent at most. @param {import("./simulcast.js").Limits} limits */
  setLimits(limits) {
    this.#limits = { ...this.#limits, ...limits };
    this.#media?.publisher?.setLimits(limits);
  }

  /** @param {boolean} motion */
  setMotion(motion) {
    this.#motion = motion;
    this.#media?.publisher?.setMotion(motion);
  }

  /** @param {import("./simulcast.js").Size | null} size  of the camera that is open */
  #publishing(size) {
    const { capture = DESKTOP_CAPTURE, videoCodec, scalabilityMode } = this.#options;
    const tell = (/** @type {Source} */ source, /** @type {object[]} */ layers) =>
      void this.#ask("layers", { source, layers }).catch(() => {});
    const { sources } = this.#local;
    return { capture: size ?? capture, videoCodec, scalabilityMode, sources, tell };
  }

  /** Offer, again after a while where the server cannot take it now. @param {import("./media.js").Offer} offer */
  async #exchange(offer) {
    for (let tries = 1; ; tries += 1) {
      try {
        return (await this.#ask("offer", offer)).sdp;
      } catch (error) {
        if (!mayPass(error) || tries === OFFER_TRIES) throw error;
        await new Promise((resolve) => setTimeout(resolve, 1000 * tries));
      }
    }
  }
}

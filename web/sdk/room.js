/**
 * A Room as an application sees it: who is there, what the Slots carry, one's own devices, and what happened.
 * README.md shows its use in thirty lines.
 */

import { Chat } from "./chat.js";
import { DESKTOP_CAPTURE } from "./devices.js";
import { Emitter } from "./emitter.js";
import { Encryption } from "./encryption.js";
import { TrebleError } from "./errors.js";
import { LocalParticipant, SOURCES } from "./local.js";
import { Media } from "./media.js";
import { Meeting } from "./meeting.js";
import { Monitor } from "./monitor.js";
import { Networks } from "./networks.js";
import { PUBLISH } from "./permissions.js";
import { keepFresh } from "./renewal.js";
import { Roster } from "./roster.js";
import { Signal, mayPass } from "./signal.js";
import { SlotTable } from "./slots.js";
import { View } from "./view.js";

/**
 * @typedef {import("./types.js").Speaker} Speaker
 * @typedef {import("./types.js").Source} Source
 * @typedef {import("./types.js").Tile} Tile
 * @typedef {import("./types.js").Welcome} Welcome
 * @typedef {import("./slots.js").Slot} Slot
 * @typedef {import("./room-types.js").RoomOptions} RoomOptions
 * @typedef {import("./room-types.js").RoomEvents} RoomEvents
 */

const SPARE_SLOTS = 3; // for the loudest who are not on the page
const SLOT_STEP = 4;
const REBUILD_MS = 1_000;
const OFFER_TRIES = 6; // a media server that starts anew is back within seconds
/** Failures of an offer that a new socket brings its own cure for. */
const CURED = new Set(["session.new", "gone", "closed"]);
/** Why a Track may not be sent. */
const REFUSED = new Set(["ask", "forbidden"]);

/** @extends {Emitter<RoomEvents & {[name: string]: any[]}>} */
export class Room extends Emitter {
  /** @type {"new" | "connecting" | "waiting" | "connected" | "reconnecting" | "disconnected"} */
  state = "new";
  name = "";
  server = "";
  /** @type {Speaker[]} */
  activeSpeakers = [];
  slots = new SlotTable();
  audioOutput = "";
  #options;
  /** @type {Monitor} */
  #monitor;
  #networks = new Networks();
  /** @type {Roster} */
  #roster;
  /** @type {Signal | null} */
  #signal = null;
  /** @type {Media | null} */
  #media = null;
  #view = new View((tiles) => this.#sendView(tiles));
  /** @type {import("./types.js").SlotState[]} */
  #slotStates = [];
  /** @type {RTCIceServer[]} */
  #iceServers = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #rebuilding;
  #stopRenewing = () => {};

  /** @param {RoomOptions} [options] */
  constructor(options = {}) {
    super();
    this.#options = options;
    this.#monitor = new Monitor(() => this.peerConnection, options.sparing ?? true);
    this.localParticipant = new LocalParticipant(
      {
        mute: (source, muted) => this.#mute(source, muted),
        changed: () => this.emit("localChanged"),
        failed: (error, source) => this.emit("mediaDevicesError", error, source),
        lost: (lost) => this.emit("deviceLost", lost),
      },
      options.capture ?? DESKTOP_CAPTURE,
    );
    this.localParticipant.adopt(options);
    const ask = (/** @type {string} */ type, fields = {}) => this.#ask(type, fields);
    const emit = (/** @type {string} */ name, /** @type {any[]} */ ...args) => this.emit(name, ...args);
    this.#roster = new Roster(this.localParticipant, emit);
    /** Who may do what, who waits, and the requests of hosts. */
    this.meeting = new Meeting(ask, emit);
    this.chat = new Chat(ask, emit, () => this.localParticipant);
    this.encryption = new Encryption(options.encryption?.secret ?? "", {
      send: (items) => ask("sendkeys", { items }),
      isPresent: (id) => this.participants.has(id),
      changed: () => emit("encryptionChanged"),
      rebuild: () => this.#media && this.#rebuild(this.#media),
    });
    this.encryption.follow(this);
    this.#monitor.on("reading", () => this.#onReading());
    this.#monitor.on("load", (step) => this.#onLoad(step));
    this.#monitor.on("level", (level) => {
      if (this.#networks.find(level, this.localParticipant.id)) this.emit("networksChanged", this.networks);
    });
  }

  /**
   * @param {string} server  `https://host`
   * @param {string} token
   * @param {RoomOptions} [options]
   */
  static async connect(server, token, options) {
    const room = new Room(options);
    await room.connect(server, token);
    return room;
  }

  /** Everybody else, by id. */
  get participants() {
    return this.#roster.participants;
  }

  /** The connection, for statistics and tests. */
  get peerConnection() {
    return this.#media?.pc ?? null;
  }

  /** What files are asked for with. */
  get token() {
    return this.#signal?.token ?? "";
  }

  /** The signalling socket's keeper, for tests. */
  get signal() {
    return this.#signal;
  }

  /**
   * Resolves when the server has welcomed us and answered the offer; rejects with `TrebleError` when it refuses.
   * While it cannot be reached it is tried again (`retrying`). Where somebody has to let us in, `waiting` is told first.
   *
   * @param {string} server
   * @param {string} token
   * @returns {Promise<void>}
   */
  connect(server, token) {
    Object.assign(this, { state: "connecting", server });
    const lastSeq = () => this.chat.lastSeq;
    const signal = new Signal(server, token, { renewToken: this.#options.renewToken, lastSeq });
    this.#signal = signal;
    signal.on("push", (push) => this.#take(push));
    signal.on("waiting", (waiting) => this.#wait(waiting));
    signal.on("lost", () => this.#reflect());
    signal.on("retrying", (seconds) => this.emit("retrying", seconds));
    return new Promise((resolve, reject) => {
      signal.on("closed", (error) => {
        reject(error);
        this.#end(error);
      });
      signal.on("welcome", (welcome) => this.#enter(welcome).then(resolve, (error) => this.#fail(error)));
      signal.open();
    });
  }

  /** Ask once more to be let in; `waiting` says for whom one waits now. */
  async knock() {
    const answer = await this.#ask("knock", {});
    if (answer.type === "waiting") this.#wait(answer);
  }

  /** Try to reach the server now. */
  retryNow() {
    this.#signal?.retryNow();
    this.#media?.checkPath();
  }

  /** Leave the room and close every device. */
  disconnect() {
    if (this.#signal) this.#signal.close();
    else this.#end(new TrebleError("left"));
  }

  /**
   * What is shown now: all tiles, sizes in device pixels. Sent at most four times a second, the newest wins.
   *
   * @param {Tile[]} tiles
   */
  setView(tiles) {
    this.#view.set(tiles);
  }

  /** The most lines that the camera is sent in; 0: no cap. @param {number} cap */
  setSendCap(cap) {
    this.#options = { ...this.#options, sendCap: cap };
    this.#media?.publisher?.setLimits({ cap });
  }

  /** Whether a shared screen shows moving pictures. @param {boolean} motion */
  setMotion(motion) {
    this.#options = { ...this.#options, motion };
    this.#media?.publisher?.setMotion(motion);
  }

  /** Figures each second (`statistics`), until the returned function is called. */
  watchStatistics() {
    return this.#monitor.watch();
  }

  /** What a Slot's picture does now; null before there is any. @param {Slot} slot */
  figuresOf(slot) {
    return this.#monitor.received(this.#media?.pairs[slot.slot]?.video.mid ?? null);
  }

  /** What one's own Track does now. @param {Source} source */
  ownFigures(source) {
    return this.#monitor.sent(this.#media?.publisher?.tracks.find((track) => track.source === source)?.mid ?? null);
  }

  /** Everybody's network in four steps, as far as it is known; oneself included. */
  get networks() {
    return this.#networks.levels;
  }

  /** How busy this machine is: 0 well, 1 and 2 too busy for all of it. */
  get load() {
    return this.#monitor.load;
  }

  /**
   * @param {MediaDeviceKind} kind
   * @param {string} device
   */
  async switchActiveDevice(kind, device) {
    if (kind !== "audiooutput") return this.localParticipant.switchActiveDevice(kind, device);
    this.audioOutput = device;
    this.emit("audioOutputChanged", device);
  }

  /** @param {Welcome} welcome */
  async #enter(welcome) {
    this.name = welcome.room;
    if (this.state === "waiting") this.state = "connecting";
    this.localParticipant.know(welcome.you);
    this.meeting.enter(welcome);
    this.#allowPublishing();
    this.#roster.reconcile(welcome.participants);
    this.chat.enter(welcome);
    this.#stopRenewing();
    this.#stopRenewing = keepFresh(() => this.#ask("renew", {}), (fresh) => this.#useToken(fresh));
    this.encryption.enter(welcome);
    if (welcome.resumed && this.#media) {
      this.#takeSlots(welcome.slots ?? this.#slotStates);
    } else {
      this.#iceServers = welcome.ice_servers ?? [];
      await this.#openMedia(welcome.slots ?? []);
    }
    this.#reflect();
    this.emit("entered");
  }

  /**
   * A new connection in place of an older one; its certificate tells the server that it is another Peer.
   *
   * @param {import("./types.js").SlotState[]} slots
   */
  async #openMedia(slots) {
    this.#media?.close();
    this.slots.clear();
    const { width = 0, height = 0 } = this.localParticipant.track("camera")?.getSettings() ?? {};
    const media = new Media({
      iceServers: this.#iceServers,
      publish: this.localParticipant.mayPublish ? this.#publishing(width && height ? { width, height } : null) : null,
      slots: this.#options.slots ?? 12,
      exchange: (offer) => this.#exchange(offer),
      guard: this.encryption.guard(),
    });
    this.#media = media;
    media.publisher?.setLimits({ cap: this.#options.sendCap ?? 0, less: this.load });
    media.publisher?.setMotion(this.#options.motion ?? false);
    media.on("state", () => media === this.#media && this.#reflect());
    media.on("stuck", () => media === this.#media && this.#rebuild(media));
    this.slots.bind(media.pairs);
    this.#takeSlots(slots);
    await this.localParticipant.attach(media);
    this.localParticipant.announce(); // first, so that nobody sees an empty screen
    await media.negotiate();
    this.#view.resend(true);
    if (media === this.#media && this.state !== "disconnected") this.#monitor.start();
  }

  /** @param {import("./simulcast.js").Size | null} size  of the camera that is open */
  #publishing(size) {
    const { capture = DESKTOP_CAPTURE, videoCodec, scalabilityMode } = this.#options;
    const tell = (/** @type {Source} */ source, /** @type {object[]} */ layers) => this.#tell("layers", { source, layers });
    const { sources } = this.localParticipant;
    return { capture: size ?? capture, videoCodec, scalabilityMode, sources, tell };
  }

  /**
   * Replace a connection that cannot be saved. After a moment: what ends the Session often closes media first.
   *
   * @param {Media} media
   */
  #rebuild(media) {
    clearTimeout(this.#rebuilding);
    this.#rebuilding = setTimeout(() => {
      if (media === this.#media && this.state !== "disconnected") this.#openMedia([]).catch((error) => this.#fail(error));
    }, REBUILD_MS);
    this.#reflect();
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

  /** @param {import("./types.js").Push} push */
  #take(push) {
    if (this.meeting.take(push)) return this.#obey(push);
    if (push.type === "chat") this.chat.take(push.event);
    else if (push.type === "refused") this.emit("refused", push.retry_after ?? null);
    else if (push.type === "expired") this.emit("knockExpired");
    else if (push.type === "joined" || push.type === "changed") this.#roster.upsert(push.participant);
    else if (push.type === "left") this.#roster.remove(push.participant, push.reason);
    else if (push.type === "slots") this.#takeSlots(push.slots);
    else if (push.type === "demand") this.#media?.publisher?.setDemand(push.source, push.layers);
    else if (push.type === "keys") this.encryption.take(push.keys);
    else if (push.type === "networks") {
      this.#networks.take(push.networks, this.localParticipant.id);
      this.emit("networksChanged", this.networks);
    }
    else if (push.type === "speakers") {
      this.activeSpeakers = push.speakers;
      this.emit("activeSpeakersChanged", push.speakers);
    }
  }

  /** What a host has decided changes one's own Tracks. @param {import("./types.js").Push} push */
  #obey(push) {
    if (push.type === "stopped") this.localParticipant.withhold(push.source);
    if (push.type !== "verdicts") return;
    this.localParticipant.role = push.role;
    this.#allowPublishing();
    this.emit("localChanged");
  }

  /** Offers hold only what may be sent, so other permissions mean another connection. */
  #allowPublishing() {
    const { localParticipant: own, meeting } = this;
    const before = own.sources && [...own.sources].join();
    const known = Object.keys(meeting.verdicts).length > 0;
    const sources = SOURCES.filter((source) => meeting.verdict(PUBLISH[source]) !== "deny");
    own.allow(known ? new Set(sources) : null);
    if (before !== null && before !== sources.join() && this.#media) this.#rebuild(this.#media);
  }

  /** @param {import("./host-types.js").Waiting} waiting */
  #wait({ reason, expires_at: expiresAt }) {
    this.state = "waiting";
    this.#media?.close(); // of a Session that is gone
    this.#media = null;
    this.emit("waiting", reason, expiresAt ?? null);
  }

  /** @param {string} token */
  #useToken(token) {
    this.#signal?.useToken(token);
    this.emit("tokenRenewed", token);
  }

  /** What the server does not let through is not sent either. @param {Source} source @param {boolean} muted */
  async #mute(source, muted) {
    await this.#ask("mute", { source, muted }).catch((error) => {
      if (muted || !(error instanceof TrebleError) || !REFUSED.has(error.code)) return;
      this.localParticipant.withhold(source);
      this.emit("withheld", source, error.code);
    });
  }

  /** @param {import("./types.js").SlotState[]} states */
  #takeSlots(states) {
    this.#slotStates = states;
    this.slots.update(states);
    this.encryption.own(this.slots.all);
    this.emit("slotsChanged", this.slots.all);
  }

  /** @param {number} step */
  #onLoad(step) {
    this.#media?.publisher?.setLimits({ less: step });
    this.#view.setLoad(step);
    this.emit("loadChanged", step);
  }

  #onReading() {
    this.#media?.publisher?.refresh();
    this.emit("statistics");
  }

  /** @param {Tile[]} tiles */
  #sendView(tiles) {
    if (!this.#signal?.accepted) return false;
    this.#tell("view", { tiles });
    this.#growSlots(tiles.length + SPARE_SLOTS);
    return true;
  }

  /** More tiles than Slots: offer more, in steps, so that a growing room causes few offers. @param {number} needed */
  async #growSlots(needed) {
    const media = this.#media;
    if (!media || needed <= media.pairs.length) return;
    const grown = await media.ensurePairs(Math.ceil(needed / SLOT_STEP) * SLOT_STEP).catch(() => false); // the server keeps to what it gave
    if (!grown || media !== this.#media) return;
    this.slots.bind(media.pairs);
    this.#takeSlots(this.#slotStates);
  }

  /**
   * @param {string} type
   * @param {object} fields
   */
  #ask(type, fields) {
    if (!this.#signal) return Promise.reject(new TrebleError("closed"));
    return this.#signal.request(type, fields);
  }

  /**
   * Ask where the answer changes nothing: a refusal is the server's to explain by a push.
   *
   * @param {string} type
   * @param {object} fields
   */
  #tell(type, fields) {
    this.#ask(type, fields).catch(() => {});
  }

  /** A Session that could not be set up. @param {unknown} error */
  #fail(error) {
    if (error instanceof TrebleError && CURED.has(error.code)) return;
    const failure = error instanceof TrebleError ? error : new TrebleError("bad.sdp", { detail: String(error) });
    this.#signal?.close(failure);
  }

  /** Connected is: the socket is accepted and media flows, or has not begun yet. */
  #reflect() {
    if (this.state === "disconnected" || this.state === "waiting") return;
    const media = this.#media?.pc.connectionState;
    const broken = media === "disconnected" || media === "failed";
    const well = Boolean(this.#signal?.accepted) && !broken;
    const before = this.state;
    if (well && before !== "connected") {
      this.state = "connected";
      if (before === "reconnecting") {
        this.#view.resend();
        this.emit("reconnected");
      }
    } else if (!well && before === "connected") {
      this.state = "reconnecting";
      this.emit("reconnecting");
    }
  }

  /** @param {TrebleError} error */
  #end(error) {
    if (this.state === "disconnected") return;
    this.state = "disconnected";
    this.#view.close();
    this.#monitor.stop();
    clearTimeout(this.#rebuilding);
    this.#stopRenewing();
    this.chat.close();
    this.encryption.close();
    this.#media?.close();
    this.localParticipant.stop();
    this.emit("disconnected", error);
  }
}

/**
 * A Room as an application sees it: who is there, what the Slots carry, one's own devices, and what happened.
 * README.md shows its use in thirty lines.
 */

import { Attached } from "./attached.js";
import { Captions } from "./captions.js";
import { Chat } from "./chat.js";
import { DESKTOP_CAPTURE, getLocalDevices } from "./devices.js";
import { Emitter } from "./emitter.js";
import { Encryption } from "./encryption.js";
import { TrebleError } from "./errors.js";
import { LocalParticipant } from "./local.js";
import { Meeting } from "./meeting.js";
import { Peer } from "./peer.js";
import { pushes } from "./pushes.js";
import { keepFresh } from "./renewal.js";
import { rights } from "./rights.js";
import { Roster } from "./roster.js";
import { Signal } from "./signal.js";
import { View } from "./view.js";

/**
 * @typedef {import("./types.js").Source} Source
 * @typedef {import("./types.js").Tile} Tile
 * @typedef {import("./types.js").Welcome} Welcome
 * @typedef {import("./slots.js").Slot} Slot
 * @typedef {import("./room-types.js").RoomOptions} RoomOptions
 * @typedef {import("./room-types.js").RoomEvents} RoomEvents
 */

/** Failures of an offer that a new socket brings its own cure for. */
const CURED = new Set(["session.new", "gone", "closed"]);

/** @extends {Emitter<RoomEvents>} */
export class Room extends Emitter {
  /** @type {"new" | "connecting" | "waiting" | "connected" | "reconnecting" | "disconnected"} */
  state = "new";
  name = "";
  server = "";
  #options;
  /** @type {Roster} */
  #roster;
  /** @type {Peer} */
  #peer;
  #attached;
  /** @type {ReturnType<typeof rights>} */
  #rights;
  #take;
  /** @type {Signal | null} */
  #signal = null;
  #view = new View((tiles) => this.#sendView(tiles));
  #speaker = "";
  #hasEntered = false;
  #given;
  #stopRenewing = () => {};

  /** @param {RoomOptions} [options] */
  constructor(options = {}) {
    super();
    this.#options = options;
    const ask = (/** @type {string} */ type, fields = {}) => this.#ask(type, fields);
    const emit = (/** @type {any} */ name, /** @type {any} */ ...args) => this.emit(name, ...args);
    this.localParticipant = new LocalParticipant(
      {
        mute: (source, muted) => this.#rights.mute(source, muted),
        changed: () => this.emit("localChanged"),
        emit,
        rename: (name) => this.meeting.rename(name),
        failed: (error, source) => this.emit("mediaDevicesError", error, source),
        lost: (lost) => this.emit("deviceLost", lost),
      },
      options.capture ?? DESKTOP_CAPTURE,
    );
    this.localParticipant.adopt(options); // told of with `connected`: nobody listens yet
    this.#given = [...this.localParticipant.trackPublications.values()];
    this.encryption = new Encryption(options.encryption?.secret ?? "", {
      send: (items) => ask("sendkeys", { items }),
      isPresent: (id) => this.#roster.participants.has(id),
      changed: () => emit("encryptionChanged"),
      rebuild: () => this.#peer.rebuild(true),
    });
    this.encryption.follow(this);
    this.#peer = new Peer(this.localParticipant, options, ask, () => this.encryption.guard());
    this.#attached = new Attached(this.#peer.slots, (tiles) => this.#view.set(tiles), options.adaptiveStream ?? true);
    this.#roster = new Roster(this.localParticipant, emit, (track) => this.#attached.change(track));
    /** Who may do what, who waits, and the requests of hosts. */
    this.meeting = new Meeting(ask, emit);
    this.chat = new Chat(ask, emit, () => this.localParticipant);
    this.captions = new Captions(this.meeting, ask);
    this.#rights = rights(this.localParticipant, this.meeting, ask, emit, () => {
      if (this.#peer.isOpen) this.#peer.rebuild(); // offers hold only what may be sent
    });
    this.#take = pushes({
      meeting: this.meeting,
      chat: this.chat,
      roster: this.#roster,
      peer: this.#peer,
      encryption: this.encryption,
      emit,
      decided: (push) => {
        this.#rights.obey(push);
        this.chat.seeAll(this.meeting.may("history"));
      },
      heard: () => this.#attached.refresh(),
    });
    this.#peer.on("state", () => this.#reflect());
    this.#peer.on("slots", () => this.#onSlots());
    this.#peer.on("open", () => this.#view.resend(true));
    this.#peer.on("failed", (error) => this.#fail(error));
    this.#attached.on("playback", (can) => this.emit("audioPlaybackStatusChanged", can));
    this.#peer.monitor.on("reading", () => this.emit("statistics"));
    this.#peer.monitor.on("load", (step) => {
      this.#view.setLoad(step);
      this.emit("loadChanged", step);
    });
    this.#peer.monitor.on("level", (level) => this.#roster.findOwn(level));
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

  /** Microphones, cameras or speakers of this machine. */
  static getLocalDevices = getLocalDevices;

  /** Everybody else, by id. */
  get remoteParticipants() {
    return this.#roster.participants;
  }

  /** Who speaks now, the loudest first; oneself included. */
  get activeSpeakers() {
    return this.#roster.speakers;
  }

  /** False while the browser wants a click before it plays what is attached; then call `startAudio` from one. */
  get canPlaybackAudio() {
    return this.#attached.canPlaybackAudio;
  }

  /** Which participant each receive pair carries; for applications that do without `attach`. */
  get slots() {
    return this.#peer.slots;
  }

  /** The connection, for statistics and tests. */
  get peerConnection() {
    return this.#peer.media?.pc ?? null;
  }

  /** What files are asked for with. */
  get token() {
    return this.#signal?.token ?? "";
  }

  /** The signalling socket's keeper, for tests. */
  get signal() {
    return this.#signal;
  }

  /** Look up and greet the server while the user still decides. @param {string} server */
  async prepareConnection(server) {
    try {
      await fetch(new URL("/api/health", server), { mode: "no-cors" });
    } catch {} // `connect` will say what is wrong
  }

  /**
   * Resolves when the server has welcomed us and answered the offer; rejects with `TrebleError` when it refuses.
   * While it cannot be reached it is tried again (`retrying`). Where somebody has to let us in, `waiting` is told first.
   * Once: another try is made with another Room.
   *
   * @param {string} server
   * @param {string} token
   * @returns {Promise<void>}
   */
  async connect(server, token) {
    if (this.state !== "new") throw new TrebleError("used", { detail: "make another Room" });
    const lastSeq = () => this.chat.lastSeq;
    const signal = new Signal(server, token, { renewToken: this.#options.renewToken, lastSeq });
    this.#signal = signal;
    Object.assign(this, { state: "connecting", server });
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
    this.#peer.media?.checkPath();
  }

  /** Leave the room and close every device. */
  disconnect() {
    if (this.#signal) this.#signal.close();
    else this.#end(new TrebleError("left"));
  }

  /** Let what is attached sound; from a click where `canPlaybackAudio` is false. Rejects where the browser still refuses. */
  startAudio() {
    return this.#attached.startAudio();
  }

  /**
   * What is shown now: all tiles, sizes in device pixels. Sent at most four times a second, the newest wins. Whoever calls this
   * has the say: what is attached no longer asks by itself.
   *
   * @param {Tile[]} tiles
   */
  setView(tiles) {
    this.#attached.leaveView();
    this.#view.set(tiles);
  }

  /** The most lines that the camera is sent in; 0: no cap. @param {number} cap */
  setSendCap(cap) {
    this.#peer.setLimits({ cap });
  }

  /** Whether a shared screen shows moving pictures. @param {boolean} motion */
  setMotion(motion) {
    this.#peer.setMotion(motion);
  }

  /** Figures each second (`statistics`), until the returned function is called. */
  watchStatistics() {
    return this.#peer.monitor.watch();
  }

  /** What a Slot's picture does now; null before there is any. @param {Slot} slot */
  figuresOf(slot) {
    return this.#peer.received(slot);
  }

  /** What one's own Track does now. @param {Source} source */
  ownFigures(source) {
    return this.#peer.sent(source);
  }

  /** How busy this machine is: 0 well, 1 and 2 too busy for all of it. */
  get load() {
    return this.#peer.monitor.load;
  }

  /** The device in use; null where there is none. @param {MediaDeviceKind} kind @returns {string | null} */
  getActiveDevice(kind) {
    if (kind === "audiooutput") return this.#speaker;
    return this.localParticipant.track(kind === "audioinput" ? "microphone" : "camera")?.getSettings().deviceId ?? null;
  }

  /**
   * @param {MediaDeviceKind} kind
   * @param {string} device
   */
  async switchActiveDevice(kind, device) {
    if (kind !== "audiooutput") await this.localParticipant.switchActiveDevice(kind, device);
    else {
      this.#speaker = device;
      await this.#attached.setSpeaker(device);
    }
    this.emit("activeDeviceChanged", kind, device);
  }

  /** @param {Welcome} welcome */
  async #enter(welcome) {
    this.name = welcome.room;
    if (this.state === "waiting") this.state = "connecting";
    this.localParticipant.know(welcome.you);
    this.meeting.enter(welcome);
    this.#rights.follow();
    this.#roster.reconcile(welcome.participants);
    this.chat.seeAll(this.meeting.may("history"));
    this.chat.enter(welcome);
    this.captions.enter(welcome);
    this.#stopRenewing();
    this.#stopRenewing = keepFresh(() => this.#ask("renew", {}), (fresh) => this.#useToken(fresh));
    this.encryption.enter(welcome);
    if (welcome.resumed && this.#peer.isOpen) this.#peer.takeSlots(welcome.slots);
    else await this.#peer.open(welcome.slots ?? [], welcome.ice_servers ?? []);
    this.#reflect();
    if (this.#hasEntered || !this.#peer.isOpen) return;
    this.#hasEntered = true;
    this.emit("connected");
    for (const given of this.#given.splice(0)) this.emit("localTrackPublished", given, this.localParticipant);
  }

  /** @param {import("./host-types.js").Waiting} waiting */
  #wait({ reason, expires_at: expiresAt }) {
    this.state = "waiting";
    this.#hasEntered = false;
    this.#peer.close(); // of a Session that is gone
    this.emit("waiting", reason, expiresAt ?? null);
  }

  /** @param {string} token */
  #useToken(token) {
    this.#signal?.useToken(token);
    this.emit("tokenRenewed", token);
  }

  #onSlots() {
    this.encryption.own(this.#peer.slots.all);
    this.#attached.update();
    this.emit("slotsChanged", this.slots.all);
  }

  /** @param {Tile[]} tiles */
  #sendView(tiles) {
    if (!this.#signal?.accepted) return false;
    this.#ask("view", { tiles }).catch(() => {}); // a refusal is the server's to explain by a push
    this.#peer.growSlots(tiles.length);
    return true;
  }

  /**
   * @param {string} type
   * @param {object} fields
   */
  #ask(type, fields) {
    if (!this.#signal) return Promise.reject(new TrebleError("closed"));
    return this.#signal.request(type, fields);
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
    const well = Boolean(this.#signal?.accepted) && !this.#peer.isBroken;
    const before = this.state;
    if (well === (before === "connected")) return;
    this.state = this.localParticipant.connection = well ? "connected" : "reconnecting";
    if (!well) return this.emit("reconnecting");
    if (before === "reconnecting") {
      this.#view.resend();
      this.emit("reconnected");
    }
  }

  /** @param {TrebleError} error */
  #end(error) {
    if (this.state === "disconnected") return;
    this.state = "disconnected";
    this.#view.close();
    this.#stopRenewing();
    this.chat.close();
    this.encryption.close();
    this.#peer.close();
    this.#attached.close();
    this.localParticipant.stop();
    this.emit("disconnected", error);
  }
}

/**
 * End-to-end encryption of a Room, as an application sees it: whether it is on, for whom it works, the code to compare.
 *
 * Who has the secret encrypts, whatever the server says: encryption goes off only where the server says that it is off **and** the
 * user has agreed (`goWithout`). What does the work is loaded when it is needed. See docs/end-to-end-encryption.md.
 */

import { TrebleError } from "./errors.js";

/**
 * @typedef {import("./types.js").Source} Source
 * @typedef {import("./e2ee/exchange.js").Exchange} Exchange
 * @typedef {"off" | "on" | "needs-secret" | "alone"} EncryptionState  `alone`: the room is not encrypted any more, and one
 *   sends nothing
 * @typedef {{key: string, participant: string, source: number, dropped: number}} Failing
 *
 * @typedef {object} EncryptionHooks
 * @property {(items: {to: string | null, body: string}[]) => Promise<unknown>} send
 * @property {(id: string) => boolean} isPresent
 * @property {() => void} changed
 * @property {() => void} rebuild  the connection, which is to be encrypted or no longer: at once, for it goes on as it was
 *
 * @typedef {object} Guard  of one connection
 * @property {(source: Source, sender: RTCRtpSender) => void} send
 * @property {(slot: number, kind: "audio" | "video", receiver: RTCRtpReceiver) => void} receive
 * @property {(senders: RTCRtpSender[]) => void} negotiated
 */

/** @type {Source[]} */
const SOURCES = ["microphone", "camera", "screen", "screen-audio"];
const MAX_ITEMS = 256; // of one request
/** Until everybody's connection decrypts: what is encrypted would be noise to the others. */
const TURNING_MS = 4_000;
const LOAD_AGAIN_MS = 3_000;

export class Encryption {
  /** @type {EncryptionState} */
  state = "off";
  /** What the server says runs in clear: `captions`, `broadcast`, `recording`. @type {string[]} */
  plain = [];
  /** Frames that could not be decrypted, by participant and source. @type {Failing[]} */
  failing = [];
  #secret;
  #hooks;
  #required = false;
  #agreed = false;
  #room = "";
  #self = "";
  /** @type {Worker | null} */
  #worker = null;
  /** @type {Exchange | null} */
  #exchange = null;
  #media = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #holding;
  #closed = false;

  /** @param {string} secret  empty: none @param {EncryptionHooks} hooks */
  constructor(secret, hooks) {
    this.#secret = secret;
    this.#hooks = hooks;
  }

  /** Whether this browser can. */
  static get isSupported() {
    return "RTCRtpScriptTransform" in globalThis && Boolean(globalThis.crypto?.subtle);
  }

  /** Whether frames go through it, also where nobody can read them yet. */
  get isOn() {
    return this.state !== "off";
  }

  /** @param {string} id  `unknown`: has said nothing yet */
  of(id) {
    return this.#exchange?.of(id) ?? "unknown";
  }

  /** Whether frames of this come that cannot be decrypted. @param {string} id @param {Source} source  `screen` and `camera` with their sound */
  fails(id, source) {
    const sources = source === "screen" || source === "screen-audio" ? [2, 3] : [0, 1];
    return this.failing.some((one) => one.participant === id && sources.includes(one.source));
  }

  /** What all should see alike; empty while there is nothing to compare. */
  async safetyCode() {
    return (await this.#exchange?.safetyCode()) ?? "";
  }

  /** The room's secret, from now on. @param {string} secret */
  setSecret(secret) {
    this.#secret = secret.trim();
    this.#forget();
    this.#reflect();
    return this.#begin([]);
  }

  /** Agree to be heard and seen by the server, until the room is encrypted again. */
  goWithout() {
    this.#agreed = true;
    this.#reflect();
  }

  // --- for the Room

  /** Hear who comes and goes, and what the server says of the room. @param {import("./room.js").Room} room */
  follow(room) {
    room.on("participantConnected", ({ id }) => this.#exchange?.joined(id));
    room.on("participantDisconnected", ({ id }) => this.#exchange?.left(id));
    room.on("aboutChanged", () => this.#self && this.#hearOfRoom(room.meeting.about));
  }

  /** @param {import("./types.js").Welcome} welcome */
  enter({ room, you, state = {}, participants, resumed }) {
    [this.#room, this.#self] = [room, you.id];
    this.#know(state);
    if (!resumed) this.#forget();
    if (!this.isOn) return;
    if (this.#exchange) return this.#exchange.resume();
    this.#begin(participants.map(({ id }) => id));
  }

  /** Key messages. @param {{participant: string, body: string}[]} keys */
  take(keys) {
    for (const { participant, body } of keys) this.#exchange?.take(participant, body);
  }

  /**
   * What a new connection's senders and receivers go through; null where it is not encrypted. `TrebleError("e2ee.unsupported")`.
   *
   * @returns {Guard | null}
   */
  guard() {
    if (!this.isOn) return null;
    if (!Encryption.isSupported) throw new TrebleError("e2ee.unsupported");
    const worker = this.#work();
    const media = (this.#media += 1);
    /** @param {RTCRtpSender | RTCRtpReceiver} end @param {object} options */
    const put = (end, options) => Object.assign(end, { transform: new (/** @type {any} */ (globalThis)).RTCRtpScriptTransform(worker, options) });
    return {
      send: (source, sender) => put(sender, { seal: SOURCES.indexOf(source) }),
      receive: (slot, kind, receiver) => put(receiver, { open: `${media}/${slot}/${kind}`, kind }),
      negotiated: (senders) => worker.postMessage({ to: "codecs", codecs: Object.fromEntries(senders.flatMap(codecsOf)) }),
    };
  }

  /** Whose frames each Slot gets. @param {readonly import("./slots.js").Slot[]} slots */
  own(slots) {
    this.#worker?.postMessage({ to: "own", receivers: slots.flatMap((slot) => this.#owners(slot)) });
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#holding);
    this.#exchange?.close();
    this.#worker?.terminate();
  }

  /** @param {import("./slots.js").Slot} slot */
  #owners({ slot, participant, source }) {
    const [audio, video] = source === "screen" ? [3, 2] : [0, 1];
    const who = participant ?? "";
    return [[`${this.#media}/${slot}/audio`, who, audio], [`${this.#media}/${slot}/video`, who, video]];
  }

  /** Where frames go through it now and did not, or the other way round, it is by another connection. */
  #reflect() {
    const [before, wasOn] = [this.state, this.isOn];
    if (this.#required) this.#agreed = false;
    const wanted = this.#required || (this.#secret && !this.#agreed);
    this.state = !wanted ? "off" : !this.#secret ? "needs-secret" : this.#required ? "on" : "alone";
    if (before !== this.state) this.#hold(0);
    if (before !== this.state) this.#hooks.changed();
    if (wasOn !== this.isOn) this.#hooks.rebuild();
  }

  /** @param {Partial<import("./host-types.js").RoomState>} about */
  #know({ e2ee = false, plain = [] }) {
    this.plain = plain;
    this.#required = e2ee && plain.length === 0;
    this.#reflect();
  }

  /** @param {import("./host-types.js").RoomState} about */
  #hearOfRoom(about) {
    const before = this.state;
    this.#know(about);
    if (this.state !== "on" || before === "on") return;
    this.#hold(TURNING_MS);
    if (this.#exchange) this.#exchange.resume(); // while it was off nobody was given keys
    else this.#begin([]);
  }

  /** Another identity, with keys of its own, comes next. */
  #forget() {
    this.#exchange?.close();
    this.#exchange = null;
    this.failing = [];
    this.#worker?.postMessage({ to: "reset" });
  }

  /** The worker; there is one as long as the Room, for its counters must not begin anew. */
  #work() {
    if (this.#worker) return this.#worker;
    this.#worker = new Worker(new URL("./e2ee-worker.js", import.meta.url), { type: "module", name: "encryption" });
    this.#worker.onmessage = ({ data }) => this.#hear(data.failing);
    this.#hold(0);
    return this.#worker;
  }

  /** Send nothing but where all are encrypted: others would hear noise. @param {number} ms  at least */
  #hold(ms) {
    clearTimeout(this.#holding);
    this.#worker?.postMessage({ to: "hold", on: ms > 0 || this.state !== "on" });
    if (ms) this.#holding = setTimeout(() => this.#hold(0), ms);
  }

  /** @param {Failing[]} failing */
  #hear(failing) {
    this.failing = failing;
    for (const { participant } of failing) if (participant && this.of(participant) !== "other-key") this.#exchange?.ask(participant);
    this.#hooks.changed();
  }

  /** @param {string[]} present */
  async #begin(present) {
    const secret = this.#secret;
    if (this.#closed || !this.isOn || !secret) return;
    const loaded = await import("./e2ee/exchange.js").catch(() => {});
    if (!loaded) return void setTimeout(() => this.#begin(present), LOAD_AGAIN_MS);
    const { Exchange } = loaded;
    if (this.#closed || this.#exchange || secret !== this.#secret) return;
    const worker = this.#work();
    this.#exchange = new Exchange(
      { room: this.#room, self: this.#self, secret, present },
      {
        isPresent: this.#hooks.isPresent,
        send: (items) => this.#send(items),
        use: (chain) => worker.postMessage({ to: "use", chain }),
        learn: (participant, chain) => worker.postMessage({ to: "learn", participant, chain }),
        forget: (participant) => worker.postMessage({ to: "forget", participant }),
        changed: () => this.#hooks.changed(),
      },
    );
  }

  /** @param {{to: string | null, body: string}[]} items */
  async #send(items) {
    for (let at = 0; at < items.length; at += MAX_ITEMS) await this.#hooks.send(items.slice(at, at + MAX_ITEMS));
  }
}

/** @param {RTCRtpSender} sender @returns {[number, string][]} */
function codecsOf(sender) {
  return sender.getParameters().codecs.map(({ payloadType, mimeType }) => [payloadType, mimeType.split("/")[1].toLowerCase()]);
}

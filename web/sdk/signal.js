/**
 * The signalling socket: JSON messages on a WebSocket with subprotocol `treble.v1`.
 *
 * A Session outlives its socket. When the socket is lost, a new one is opened at once, then after 0.3, 1, 2, 4 ...
 * 30 seconds; its first message is `hello` with the single-use resume token of the last `welcome`. If the server still
 * holds the Session (30 s), requests that had no answer are sent again with their old ids and get their one answer;
 * media never notices. If it does not (`resumed` false), they fail with `session.new` and the Room offers anew.
 *
 * A server may answer `hello` with `waiting`: somebody has to let one in. Until `admitted` only `knock` and `ping` go out;
 * then `enter` is sent by itself, and answered by the `welcome`. There is no Session yet, so a socket that is lost says
 * `hello` again.
 *
 * A socket that looks open may be dead: after 5 to 10 seconds in which nothing came a `ping` asks, and if nothing comes
 * in 5 more it is closed.
 */

import { Emitter } from "./emitter.js";
import { TrebleError } from "./errors.js";

/**
 * @typedef {import("./types.js").Welcome} Welcome
 * @typedef {import("./types.js").Push} Push
 * @typedef {import("./types.js").ServerMessage} ServerMessage
 * @typedef {{message: {id: number, type: string}, resolve: (answer: any) => void, reject: (error: Error) => void,
 *   timer: ReturnType<typeof setTimeout> | undefined}} Pending
 */

const PROTOCOL = "treble.v1";
const RETRY_SECONDS = [0, 0.3, 1, 2, 4, 8, 16, 30];
const OPEN_TIMEOUT_MS = 10_000; // until the welcome, or until one waits
const ANSWER_TIMEOUT_MS = 20_000; // on an open socket
const LOOK_EVERY_MS = 5_000;
/** Looks in a row that found nothing new: so many for a ping, so many to give up. */
const QUIET_LOOKS = { ping: 2, dead: 3 };
/** Refusals that a later try may not meet. */
const PASSING = new Set(["busy", "server.starting", "server.error"]);
/** What may be asked while one waits. */
const AT_THE_DOOR = new Set(["knock", "ping"]);

/** @param {unknown} error */
export function mayPass(error) {
  return error instanceof TrebleError && PASSING.has(error.code);
}

/**
 * Wait before attempt `attempt` (0 the first after a loss), in seconds: up to a quarter is taken off so that a
 * thousand clients of a restarted server do not come back in one instant.
 *
 * @param {number} attempt
 * @param {() => number} random
 */
export function retryDelay(attempt, random = Math.random) {
  const seconds = RETRY_SECONDS[Math.min(attempt, RETRY_SECONDS.length - 1)];
  return seconds * (1 - random() / 4);
}

/** @param {string} server  `https://host`, `wss://host` or `wss://host/ws` */
export function socketUrl(server) {
  if (!/^(http|ws)/.test(server) || !URL.canParse(server)) throw new TrebleError("gone", { detail: server });
  const url = new URL(server);
  url.protocol = url.protocol === "http:" || url.protocol === "ws:" ? "ws:" : "wss:";
  url.pathname = "/ws";
  url.hash = url.search = "";
  return url.href;
}

/**
 * Events: `welcome` on every socket that was accepted, `waiting` on one that has to wait, `push` for everything the server says by itself, `lost` when
 * the socket went, `retrying` (seconds) before the next attempt, `closed` (code) when no further attempt follows.
 *
 * @extends {Emitter<{welcome: [Welcome], waiting: [import("./host-types.js").Waiting], push: [Push], lost: [], retrying: [number], closed: [TrebleError]}>}
 */
export class Signal extends Emitter {
  #url;
  #token;
  #renewToken;
  #lastSeq;
  #WebSocket;
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {string | null} */
  #resume = null;
  /** @type {Map<number, Pending>} */
  #pending = new Map();
  #nextId = 1;
  #helloId = 0;
  #attempt = 0;
  #accepted = false;
  #waits = false;
  #closed = false;
  #renewed = false;
  #began = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #looking;
  #quiet = 0; // looks since anything came

  /**
   * @param {string} server
   * @param {string} token
   * @param {{renewToken?: () => Promise<string>, lastSeq?: () => number | null, WebSocket?: typeof WebSocket}} [options]
   *   `renewToken` is asked once when the server no longer takes the token; `lastSeq`: the last chat event one has
   */
  constructor(server, token, { renewToken, lastSeq = () => null, WebSocket: Socket = globalThis.WebSocket } = {}) {
    super();
    this.#url = socketUrl(server);
    this.#token = token;
    this.#renewToken = renewToken;
    this.#lastSeq = lastSeq;
    this.#WebSocket = Socket;
  }

  /** True between a `welcome` and the loss of its socket. */
  get accepted() {
    return this.#accepted;
  }

  /** What the next socket says `hello` with, and files are asked for with. */
  get token() {
    return this.#token;
  }

  /** @param {string} token */
  useToken(token) {
    this.#token = token;
  }

  /** Open the first socket. */
  open() {
    this.#closed = false;
    this.#connect();
  }

  /** Do not wait for the next attempt. */
  retryNow() {
    if (this.#socket || this.#closed) return;
    clearTimeout(this.#timer);
    this.#connect();
  }

  /**
   * Ask; resolves with the one answer or rejects with `TrebleError`. Survives a lost socket.
   *
   * @param {string} type
   * @param {object} [fields]
   * @returns {Promise<any>}
   */
  request(type, fields = {}) {
    if (this.#closed) return Promise.reject(new TrebleError("closed"));
    const message = { ...fields, type, id: this.#nextId++ };
    return new Promise((resolve, reject) => {
      const pending = { message, resolve, reject, timer: undefined };
      this.#pending.set(message.id, pending);
      if (this.#accepted || (this.#waits && AT_THE_DOOR.has(type))) this.#transmit(pending);
    });
  }

  /** Leave for good; `reason` is what `closed` will say. */
  close(reason = new TrebleError("left")) {
    if (this.#closed) return;
    if (this.#accepted || this.#waits) this.#send({ type: "leave", id: this.#nextId++ });
    this.#finish(reason);
  }

  #connect() {
    const socket = new this.#WebSocket(this.#url, PROTOCOL);
    this.#socket = socket;
    socket.onopen = () => socket === this.#socket && this.#sayHello();
    socket.onmessage = (event) => socket === this.#socket && this.#receive(event.data);
    socket.onclose = () => socket === this.#socket && this.#drop();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#drop(), OPEN_TIMEOUT_MS);
  }

  #sayHello() {
    this.#helloId = this.#nextId++;
    const resume = this.#resume ? { resume: this.#resume } : {};
    const lastSeq = this.#lastSeq();
    const last = lastSeq === null ? {} : { last_seq: lastSeq };
    this.#send({ type: "hello", id: this.#helloId, token: this.#token, ...resume, ...last });
  }

  /** A host has let us in. */
  #enter() {
    this.#helloId = this.#nextId++;
    this.#send({ type: "enter", id: this.#helloId });
    this.#timer = setTimeout(() => this.#drop(), OPEN_TIMEOUT_MS);
  }

  /** @param {unknown} data */
  #receive(data) {
    this.#quiet = 0;
    /** @type {ServerMessage} */
    let message;
    try {
      message = JSON.parse(String(data));
    } catch {
      return; // nothing of ours is unreadable; what is cannot be answered
    }
    if (!("re" in message) || typeof message.re !== "number") return this.#take(/** @type {Push} */ (message));
    if (message.re === this.#helloId) return this.#takeWelcome(message);
    this.#settle(/** @type {ServerMessage & {re: number}} */ (message));
  }

  /** @param {Push} push */
  #take(push) {
    if (push.type === "waiting") return this.#wait(push);
    if (push.type === "ended" && push.reason === "shutdown") return this.#drop(); // another server, or this one's successor
    this.emit("push", push);
    if (push.type === "admitted" && this.#waits) this.#enter();
    if (push.type === "ended") this.#finish(new TrebleError(push.reason || "ended"));
    if (push.type === "elsewhere") this.#finish(new TrebleError("elsewhere"));
  }

  /** @param {ServerMessage} message */
  #takeWelcome(message) {
    if (message.type === "failed") return void this.#takeRefusal(message);
    if (message.type === "waiting") return this.#wait(message);
    if (message.type !== "welcome") return;
    clearTimeout(this.#timer);
    this.#waits = false;
    if (!message.resumed && this.#began) this.#rejectOld();
    this.#began = true;
    this.#resume = message.resume;
    this.#attempt = 0;
    this.#renewed = false;
    this.#accepted = true;
    for (const pending of this.#pending.values()) this.#transmit(pending);
    this.emit("welcome", message);
    this.#keepLooking();
  }

  /** Somebody has to let us in; what an earlier Session asked is over. @param {import("./host-types.js").Waiting} waiting */
  #wait(waiting) {
    clearTimeout(this.#timer);
    if (!this.#waits) {
      if (this.#began) this.#rejectOld();
      this.#began = false;
      this.#resume = null;
      this.#attempt = 0;
      this.#renewed = false;
      this.#waits = true;
      for (const pending of this.#pending.values()) if (AT_THE_DOOR.has(pending.message.type)) this.#transmit(pending);
      this.#keepLooking();
    }
    this.emit("waiting", waiting);
  }

  /** Requests of a Session that is gone: their answer will never come. */
  #rejectOld() {
    const old = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject, timer } of old) {
      clearTimeout(timer);
      reject(new TrebleError("session.new"));
    }
  }

  /** @param {import("./types.js").Failed} failed */
  async #takeRefusal(failed) {
    if (PASSING.has(failed.code)) return this.#drop(failed.retry_after ?? undefined);
    const mayRenew = failed.code.startsWith("auth.") && failed.code !== "auth.slow";
    const renewToken = this.#renewed || !mayRenew ? undefined : this.#renewToken;
    if (!renewToken) {
      return this.#finish(new TrebleError(failed.code, { detail: failed.detail, retryAfter: failed.retry_after }));
    }
    this.#renewed = true;
    this.#resume = null;
    try {
      this.#token = await renewToken();
    } catch (error) {
      return this.#finish(error instanceof TrebleError ? error : new TrebleError(failed.code));
    }
    if (!this.#closed) this.#drop();
  }

  /** @param {ServerMessage & {re: number}} answer */
  #settle(answer) {
    const pending = this.#pending.get(answer.re);
    if (!pending) return;
    this.#pending.delete(answer.re);
    clearTimeout(pending.timer);
    if (answer.type !== "failed") return pending.resolve(answer);
    const { code, detail, retry_after: retryAfter } = answer;
    pending.reject(new TrebleError(code, { detail, retryAfter }));
  }

  /** @param {Pending} pending */
  #transmit(pending) {
    this.#send(pending.message);
    clearTimeout(pending.timer);
    pending.timer = setTimeout(() => {
      this.#pending.delete(pending.message.id);
      pending.reject(new TrebleError("timeout", { detail: pending.message.type }));
    }, ANSWER_TIMEOUT_MS);
  }

  #look() {
    this.#quiet++;
    if (this.#quiet === QUIET_LOOKS.ping) this.request("ping").catch(() => {});
    if (this.#quiet === QUIET_LOOKS.dead) this.#drop();
  }

  #keepLooking() {
    clearInterval(this.#looking);
    this.#quiet = 0;
    this.#looking = setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  /** @param {object} message */
  #send(message) {
    if (this.#socket?.readyState === 1) this.#socket.send(JSON.stringify(message));
  }

  /** Give up this socket; the next one follows. @param {number} [wait]  seconds, at least */
  #drop(wait = 0) {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    clearInterval(this.#looking);
    for (const pending of this.#pending.values()) clearTimeout(pending.timer);
    if (this.#closed) return;
    const wasAccepted = this.#accepted;
    this.#accepted = this.#waits = false;
    if (wasAccepted) this.emit("lost");
    const seconds = wasAccepted ? 0 : Math.max(wait, retryDelay(this.#attempt++));
    if (wasAccepted) this.#attempt = 1;
    this.emit("retrying", seconds);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#connect(), seconds * 1000);
  }

  /** @param {TrebleError} error */
  #finish(error) {
    if (this.#closed) return;
    this.#closed = true;
    this.#accepted = this.#waits = false;
    clearTimeout(this.#timer);
    clearInterval(this.#looking);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(1000);
    const old = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject, timer } of old) {
      clearTimeout(timer);
      reject(error);
    }
    this.emit("closed", error);
  }
}

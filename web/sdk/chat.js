/**
 * The chat of a Room: every message once and in order, whatever becomes of sockets and Sessions.
 *
 * Events have growing numbers; `lastSeq` is told with each `hello`, so that what was missed is sent, and what is not
 * greater is dropped. What one says is shown at once as `sending`, and becomes `said` by its answer or by its own event,
 * whichever comes first, or `failed`, to be tried again with the same key.
 */

import { Outbox, newKey } from "./outbox.js";
import { TrebleError } from "./errors.js";
import { change, fromEvent } from "./chat-events.js";

/**
 * @typedef {import("./chat-types.js").ChatEvent} ChatEvent
 * @typedef {import("./chat-types.js").Message} Message
 * @typedef {import("./chat-types.js").SharedFile} SharedFile
 * @typedef {{to?: string | null, toName?: string, reply?: number | null, files?: SharedFile[]}} More
 */

const PAGE = 50;

export class Chat {
  /** The last event that one has; null before the first welcome. @type {number | null} */
  lastSeq = null;
  /** Whether there are earlier ones that one may read. */
  more = false;
  /** Up to where one has read. */
  read = 0;
  /** @type {Map<number, Message>} */
  #said = new Map();
  /** On their way, or failed. @type {Message[]} */
  #own = [];
  /** Changes to messages that a page on its way may hold. @type {ChatEvent[]} */
  #early = [];
  #loading = false;
  #seesAll = false;
  #ask;
  #emit;
  #self;
  #outbox;

  /**
   * @param {(type: string, fields?: object) => Promise<any>} ask
   * @param {(name: string, ...args: any[]) => void} emit  `chatChanged`, and `chatMessage` for each new one of others
   * @param {() => {id: string, name: string}} self
   */
  constructor(ask, emit, self) {
    this.#ask = ask;
    this.#emit = emit;
    this.#self = self;
    this.#outbox = new Outbox(ask);
  }

  /** All that are here, the oldest first; those on their way are the last. @returns {Message[]} */
  get messages() {
    const said = [...this.#said.values()].sort((a, b) => Number(a.seq) - Number(b.seq));
    return [...said, ...this.#own];
  }

  /** @param {number} seq */
  find(seq) {
    return this.#said.get(seq) ?? null;
  }

  /** Messages of others after the last that was read. */
  get unread() {
    const { id } = this.#self();
    return [...this.#said.values()].filter(({ seq, sender, erased }) => Number(seq) > this.read && sender !== id && !erased).length;
  }

  /** A Session begins or goes on. @param {import("./types.js").Welcome} welcome */
  async enter({ last_seq: lastSeq = 0 }) {
    const first = this.lastSeq === null;
    this.lastSeq ??= lastSeq;
    this.#outbox.resume();
    if (!first) return;
    await this.#load().catch(() => {}); // without it one sees what is said from now on
    if (this.read === 0) this.read = lastSeq; // what was said before one came is not new
  }

  /** Whether one may read what was said before one came; a host may have decided so just now. @param {boolean} may */
  seeAll(may) {
    const gained = may && !this.#seesAll;
    this.#seesAll = may;
    if (!gained) return;
    this.more = true;
    this.#emit("chatChanged");
  }

  /** @param {ChatEvent} event */
  take(event) {
    if (event.seq <= (this.lastSeq ?? 0)) return;
    this.lastSeq = event.seq;
    if (event.kind === "message") this.#add(event);
    else this.#change(event);
    this.#emit("chatChanged");
  }

  /** No Session follows. */
  close() {
    this.#outbox.close();
  }

  /** The page of messages before the first that is here. */
  async loadEarlier() {
    if (!this.more || this.#loading) return;
    await this.#load(this.#said.size ? Math.min(...this.#said.keys()) : undefined);
  }

  /** @param {string} text @param {More} [more] */
  say(text, { to = null, toName = "", reply = null, files = [] } = {}) {
    const { id: sender, name } = this.#self();
    const message = { key: newKey(), seq: null, at: Date.now(), sender, name, text, to, toName, reply, files };
    const own = { ...message, edited: false, erased: false, reactions: [], state: /** @type {const} */ ("sending") };
    this.#own.push(own);
    return this.#send(own);
  }

  /** Try a failed message again. @param {string} key */
  retry(key) {
    const message = this.#own.find((one) => one.key === key);
    return message?.state === "failed" ? this.#send(message) : Promise.resolve();
  }

  /** Give up a failed message. @param {string} key */
  discard(key) {
    this.#own = this.#own.filter((one) => one.key !== key);
    this.#emit("chatChanged");
  }

  /** @param {number} seq @param {string} text */
  edit(seq, text) {
    return this.#outbox.send("edit", { seq, text });
  }

  /** @param {number} seq */
  erase(seq) {
    return this.#outbox.send("erase", { seq });
  }

  /** @param {number} seq @param {string} emoji @param {boolean} on */
  react(seq, emoji, on) {
    return this.#outbox.send("react", { seq, emoji, on });
  }

  /** All that are here have been read. */
  markRead() {
    const seq = Math.max(this.read, ...this.#said.keys());
    if (seq === this.read) return;
    this.read = seq;
    this.#ask("read", { seq }).catch(() => {}); // the next one tells it too
    this.#emit("chatChanged");
  }

  /** @param {Message} message */
  async #send(message) {
    const { key, text, to, reply, files } = message;
    Object.assign(message, { state: "sending", at: Date.now() });
    this.#emit("chatChanged");
    const fields = { text, ...(to && { to }), ...(reply && { reply }), ...(files.length && { files: files.map(({ file }) => file) }) };
    try {
      const { seq, at } = await this.#outbox.send("say", fields, key);
      this.#settle(message, seq, at);
    } catch (error) {
      if (!this.#own.includes(message)) return;
      message.state = "failed";
      message.error = error instanceof TrebleError ? error.code : "failed";
    }
    this.#emit("chatChanged");
  }

  /** What was on its way is said. @param {Message} message @param {number} seq @param {number} at */
  #settle(message, seq, at) {
    this.#own = this.#own.filter((one) => one !== message);
    if (!this.#said.has(seq)) this.#said.set(seq, { ...message, key: String(seq), seq, at, state: "said" });
  }

  /** @param {ChatEvent} event */
  #add(event) {
    const message = fromEvent(event);
    if (event.sender === this.#self().id) this.#dropTwin(message);
    else this.#emit("chatMessage", message);
    this.#said.set(event.seq, message);
  }

  /** One's own message came before its answer. @param {Message} message */
  #dropTwin({ text, to }) {
    const at = this.#own.findIndex((one) => one.state === "sending" && one.text === text && one.to === to);
    if (at >= 0) this.#own.splice(at, 1);
  }

  /** @param {ChatEvent} event */
  #change(event) {
    const message = this.#said.get(event.target ?? 0);
    if (message) change(message, event);
    else if (this.#loading) this.#early.push(event);
  }

  /** @param {number} [before] */
  async #load(before) {
    this.#loading = true;
    try {
      const page = await this.#ask("history", { limit: PAGE, ...(before === undefined ? {} : { before }) });
      for (const event of page.events) this.#said.set(event.seq, fromEvent(event));
      for (const event of this.#early) this.#change(event);
      this.more = page.more ?? false;
      this.read = Math.max(this.read, page.read ?? 0);
    } finally {
      this.#loading = false;
      this.#early = [];
    }
    this.#emit("chatChanged");
  }
}

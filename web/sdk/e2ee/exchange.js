/**
 * How sender keys get to those who are in the room, and to nobody else: docs/end-to-end-encryption.md.
 *
 * Everything is done one after the other, as it came. Messages are JSON texts that the server passes on and does not read:
 * `{t: "hello", k, m, a}` (public key, proof, whether an answer is asked for) and `{t: "key", e, s, i, c}`.
 */

import { ratchet, rootOf } from "./derive.js";
import { MAX_STEP } from "./header.js";
import { decode, encode, isProved, makeIdentity, pairKey, prove, safetyCode, unwrap, wrap } from "./identity.js";

/**
 * @typedef {import("./derive.js").Bytes} Bytes
 * @typedef {import("./frames.js").Chain} Chain
 * @typedef {{to: string | null, body: string}} Item  null: to everybody else
 * @typedef {{key: Bytes, out: CryptoKey, in: CryptoKey}} Peer
 *
 * @typedef {object} Hooks
 * @property {(id: string) => boolean} isPresent
 * @property {(items: Item[]) => Promise<unknown>} send  resolves when the server has taken them
 * @property {(chain: Chain) => void} use  encrypt with it from now on
 * @property {(id: string, chain: Chain) => void} learn
 * @property {(id: string) => void} forget
 * @property {() => void} changed  what is known of whom
 */

const SWITCH_MS = 1_000; // a new key is used then, even if the server does not answer
const ELDERS_MS = 10_000;
const ASK_AGAIN_MS = 3_000;
const MOST_MET = 4_096; // public keys, half a megabyte
/** @type {Hooks} */
const NOBODY = { isPresent: () => false, send: async () => {}, use() {}, learn() {}, forget() {}, changed() {} };

export class Exchange {
  #room;
  #self;
  #hooks;
  #elders;
  #startedAt = performance.now();
  #queue;
  /** @type {{proof: Bytes, binding: Bytes}} */
  #root = /** @type {any} */ (null);
  /** @type {{privateKey: CryptoKey, key: Bytes}} */
  #identity = /** @type {any} */ (null);
  /** @type {Chain} */
  #chain = /** @type {any} */ (null);
  /** @type {Map<string, Peer>} */
  #peers = new Map();
  /** Public keys, one for each Session: who has left, or has another now, comes back with none of these. @type {Set<string>} */
  #met = new Set();
  /** Who said hello with another secret. @type {Set<string>} */
  #strangers = new Set();
  /** Hellos of those whom the roster does not hold yet. @type {Map<string, string>} */
  #early = new Map();
  /** @type {Map<string, number>} */
  #askedAt = new Map();
  #renewing = false;
  #closed = false;

  /**
   * @param {{room: string, self: string, secret: string, present: Iterable<string>}} who  `present`: who was there before oneself
   * @param {Hooks} hooks
   */
  constructor({ room, self, secret, present }, hooks) {
    this.#room = room;
    this.#self = self;
    this.#hooks = hooks;
    this.#elders = new Set(present);
    this.#queue = this.#begin(secret);
  }

  /** @param {string} secret */
  async #begin(secret) {
    [this.#root, this.#identity] = await Promise.all([rootOf(secret, this.#room), makeIdentity()]);
    this.#chain = { epoch: 0, step: 0, chain: randomChain() };
    this.#hooks.use(this.#chain);
    await this.#send([await this.#hello(null, true)]);
  }

  /** @param {string} id @returns {"verified" | "other-key" | "unknown"} */
  of(id) {
    if (this.#peers.has(id)) return "verified";
    return this.#strangers.has(id) ? "other-key" : "unknown";
  }

  /** When all that has come is dealt with. */
  get settled() {
    return this.#queue;
  }

  /** The same for all who have the same keys of the same people. */
  async safetyCode() {
    await this.#queue;
    const self = { id: this.#self, key: this.#identity.key };
    const others = [...this.#peers].map(([id, { key }]) => ({ id, key }));
    return safetyCode(this.#root.binding, this.#room, [self, ...others]);
  }

  /** Something from `from` that the server has passed on. @param {string} from @param {string} body */
  take(from, body) {
    this.#then(() => this.#read(from, body));
  }

  /** The roster holds this participant now. @param {string} id */
  joined(id) {
    const body = this.#early.get(id);
    this.#early.delete(id);
    if (body) this.take(id, body);
  }

  /** Gone: it can read nothing from now on. @param {string} id */
  left(id) {
    this.#early.delete(id);
    this.#then(async () => {
      this.#strangers.delete(id);
      if (!this.#peers.delete(id)) return;
      this.#hooks.forget(id);
      this.#hooks.changed();
      this.#renewSoon();
    });
  }

  /** Keys may have been missed: say hello again. */
  resume() {
    this.#then(async () => this.#send([await this.#hello(null, true)]));
  }

  /** What this participant sends cannot be decrypted: ask it for its key. @param {string} id */
  ask(id) {
    const now = performance.now();
    if (now - (this.#askedAt.get(id) ?? -Infinity) < ASK_AGAIN_MS) return;
    this.#askedAt.set(id, now);
    this.#then(async () => this.#send([await this.#hello(id, true)]));
  }

  /** What is under way tells nobody. */
  close() {
    this.#closed = true;
    this.#hooks = NOBODY;
  }

  /** @param {() => Promise<void>} task */
  #then(task) {
    this.#queue = this.#queue.then(() => (this.#closed ? undefined : task())).catch(() => {}); // a message that is none of ours
  }

  /** @param {string} from @param {string} body */
  async #read(from, body) {
    if (from === this.#self) return;
    const message = JSON.parse(body);
    if (!this.#hooks.isPresent(from)) {
      if (message.t === "hello") this.#early.set(from, body);
      return;
    }
    if (message.t === "hello") await this.#readHello(from, message);
    else if (message.t === "key") await this.#readKey(from, message);
  }

  /** @param {string} from @param {{k: string, m: string, a?: boolean}} hello */
  async #readHello(from, { k, m, a: asks }) {
    const key = decode(k);
    if (!(await isProved(this.#root.proof, this.#room, { id: from, key }, decode(m)))) {
      if (!this.#peers.has(from)) this.#strangers.add(from);
      return this.#hooks.changed();
    }
    const known = this.#peers.get(from);
    const isNew = !known || encode(known.key) !== encode(key);
    if (isNew && this.#met.has(encode(key))) return; // the server plays it again, to have old frames read once more
    if (isNew) await this.#meet(from, key);
    if (isNew && !known && !this.#isElder(from)) await this.#advance();
    const answers = asks ? [await this.#hello(from, false)] : [];
    await this.#send([...answers, await this.#keyFor(from)]);
    if (isNew && known) this.#renewSoon(); // whoever it was before reads on no more
    if (isNew) this.#hooks.changed();
  }

  /** @param {string} id @param {Bytes} key */
  async #meet(id, key) {
    this.#hooks.forget(id); // also what was learnt with another secret
    const [self, other] = [{ id: this.#self, key: this.#identity.key }, { id, key }];
    const { privateKey } = this.#identity;
    const out = await pairKey(privateKey, key, this.#root.binding, self, other);
    const into = await pairKey(privateKey, key, this.#root.binding, other, self);
    this.#peers.set(id, { key, out, in: into });
    this.#met.add(encode(key));
    if (this.#met.size > MOST_MET) this.#met.delete(this.#met.values().next().value ?? "");
    this.#strangers.delete(id);
  }

  /** Who was there before oneself has missed nothing of one's own. @param {string} id */
  #isElder(id) {
    return this.#elders.delete(id) && performance.now() - this.#startedAt < ELDERS_MS;
  }

  /** @param {string} from @param {{e: number, s: number, i: string, c: string}} wrapped */
  async #readKey(from, wrapped) {
    const peer = this.#peers.get(from);
    const chain = peer && (await unwrap(peer.in, wrapped));
    if (chain) this.#hooks.learn(from, chain);
  }

  /** One step on, so that a newcomer cannot read the past. */
  async #advance() {
    const { epoch, step, chain } = this.#chain;
    if (step === MAX_STEP) return this.#renew();
    this.#chain = { epoch, step: step + 1, chain: await ratchet(chain) };
    this.#hooks.use(this.#chain);
  }

  /** After what is under way: people who leave together cost one renewal. */
  #renewSoon() {
    if (this.#renewing) return;
    this.#renewing = true;
    this.#then(() => this.#renew());
  }

  /** A key that has nothing to do with those before, to all who are there. */
  async #renew() {
    this.#renewing = false;
    this.#chain = { epoch: this.#chain.epoch + 1, step: 0, chain: randomChain() };
    const fresh = this.#chain;
    const sent = this.#send(await Promise.all([...this.#peers.keys()].map((id) => this.#keyFor(id))));
    await Promise.race([sent, new Promise((resolve) => setTimeout(resolve, SWITCH_MS))]);
    this.#hooks.use(fresh);
  }

  /** @param {string | null} to @param {boolean} asks @returns {Promise<Item>} */
  async #hello(to, asks) {
    const { key } = this.#identity;
    const mac = await prove(this.#root.proof, this.#room, { id: this.#self, key });
    return { to, body: JSON.stringify({ t: "hello", k: encode(key), m: encode(mac), a: asks }) };
  }

  /** @param {string} to @returns {Promise<Item>} */
  async #keyFor(to) {
    const { out } = /** @type {Peer} */ (this.#peers.get(to));
    return { to, body: JSON.stringify({ t: "key", ...(await wrap(out, this.#chain)) }) };
  }

  /** Who does not get it asks. @param {Item[]} items */
  async #send(items) {
    if (items.length) await this.#hooks.send(items).catch(() => {});
  }
}

/** @returns {Bytes} */
function randomChain() {
  return crypto.getRandomValues(new Uint8Array(32));
}

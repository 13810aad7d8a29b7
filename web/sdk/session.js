/**
 * Who uses this browser: nobody known, a guest, or an account.
 *
 * The refresh cookie, which scripts cannot read, gives account tokens of ten minutes; a token lives in this object's
 * memory only, and is renewed a minute before its end. The cookie can be used once and is then replaced, so all tabs take
 * turns (Web Locks); a tab that signs in or out tells the others (BroadcastChannel), which then ask the cookie anew.
 */

import { request } from "./api.js";
import { Emitter } from "./emitter.js";
import { TrebleError } from "./errors.js";

/**
 * @typedef {object} Profile  the server's `Account`
 * @property {string} id
 * @property {boolean} guest  an identity of this browser, without an account
 * @property {string} name
 * @property {string | null} picture  `/api/pictures/{picture}`
 * @property {string | null} email
 * @property {boolean} verified  the e-mail
 * @property {boolean} has_password
 * @property {string[]} providers  that are linked
 * @property {boolean} fresh  the last login by password or provider is less than ten minutes old
 *
 * @typedef {{changed: [], ended: []}} SessionEvents  `ended`: signed out by the server
 *
 * @typedef {object} Surroundings  what the browser gives
 * @property {Pick<LockManager, "request"> | undefined} locks
 * @property {{postMessage: (message: unknown) => void, onmessage: ((event: any) => void) | null} | null} channel
 * @property {() => number} now  milliseconds
 * @property {{isKnown: () => boolean, setKnown: (known: boolean) => void}} memory  whether there may be a cookie
 */

const LOCK = "treble-session";
const RENEW_BEFORE_MS = 60_000;
const LEAST_MS = 5_000; // between two renewals, whatever the server says
/** Answers that say: there is no Session behind this cookie any more. */
const OVER = new Set(["session.ended", "auth.missing"]);
/** Of one's own token: a new one may do. */
const STALE = new Set(["auth.expired", "auth.missing"]);

/** @returns {Surroundings} */
function browserSurroundings() {
  return {
    locks: globalThis.navigator?.locks,
    channel: openChannel(),
    now: () => Date.now(),
    memory: {
      isKnown: () => stored((storage) => storage.getItem(LOCK) !== null) ?? true,
      setKnown: (known) => stored((storage) => (known ? storage.setItem(LOCK, "1") : storage.removeItem(LOCK))),
    },
  };
}

/** Null where there is none, or it is forbidden: in another site's frame. */
function openChannel() {
  try {
    return new BroadcastChannel(LOCK);
  } catch {
    return null;
  }
}

/** Nothing where storage is forbidden. @template T @param {(storage: Storage) => T} work @returns {T | null} */
function stored(work) {
  try {
    return work(localStorage);
  } catch {
    return null;
  }
}

/** @extends {Emitter<SessionEvents & {[name: string]: any[]}>} */
export class Session extends Emitter {
  /** @type {Profile | null} */
  profile = null;
  #server;
  #around;
  #token = "";
  #expiresAt = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {string} server  origin @param {Surroundings} [around] */
  constructor(server, around = browserSurroundings()) {
    super();
    this.#server = server;
    this.#around = around;
    if (around.channel) around.channel.onmessage = () => this.#followOtherTab();
  }

  /** "nobody", "guest" or "account". */
  get kind() {
    if (!this.profile) return "nobody";
    return this.profile.guest ? "guest" : "account";
  }

  /**
   * Whom the cookie of an earlier visit belongs to; nobody where there is none. Throws only where the server is away.
   *
   * @param {{ask?: boolean}} [options]  `ask`: also where this browser remembers no login
   */
  async restore({ ask = false } = {}) {
    if (!ask && !this.#around.memory.isKnown()) return;
    await this.#refresh().catch((error) => {
      if (!OVER.has(error.code)) throw error;
    });
  }

  /** An account token that is good for a while, or null where nobody is known. */
  async bearer() {
    if (!this.profile) return null;
    if (this.#around.now() > this.#expiresAt - RENEW_BEFORE_MS / 2) await this.#refresh();
    return this.#token;
  }

  /** Be a guest of this browser. @param {string} name */
  asGuest(name) {
    return this.#begin("/api/session/guest", { name });
  }

  /** @param {string} email @param {string} password */
  signIn(email, password) {
    return this.#begin("/api/session", { email, password });
  }

  /** Sign out here; other browsers stay. */
  async end() {
    await this.#alone(() => request(this.#server, "DELETE", "/api/session", { bearer: this.#token || null }));
    this.#forget();
    this.#tellOtherTabs();
  }

  /** Ask the cookie anew: something has changed that the token says. */
  async renew() {
    await this.#refresh();
    this.#tellOtherTabs();
  }

  /**
   * A request as this person, e.g. `call("GET", "/api/account")`. A token that the server no longer takes is renewed once.
   *
   * @param {string} method
   * @param {string} path
   * @param {unknown} [body]
   */
  async call(method, path, body) {
    const bearer = await this.bearer();
    if (!bearer) throw new TrebleError("session.ended");
    try {
      return await request(this.#server, method, path, { body, bearer });
    } catch (error) {
      if (!(error instanceof TrebleError) || !STALE.has(error.code)) throw error;
      await this.#refresh();
      return request(this.#server, method, path, { body, bearer: this.#token });
    }
  }

  /** What an answer says about oneself. @param {Partial<Profile>} changes */
  update(changes) {
    if (!this.profile) return;
    this.profile = { ...this.profile, ...changes };
    this.emit("changed");
  }

  /** @param {string} path @param {object} body */
  async #begin(path, body) {
    this.#take(await this.#alone(() => request(this.#server, "POST", path, { body })));
    this.#tellOtherTabs();
  }

  async #refresh() {
    try {
      this.#take(await this.#alone(() => request(this.#server, "POST", "/api/session/refresh")));
    } catch (error) {
      if (error instanceof TrebleError && OVER.has(error.code)) {
        const wasSomebody = this.profile !== null;
        this.#forget();
        if (wasSomebody) this.emit("ended");
      }
      throw error;
    }
  }

  /** @param {{token: string, expires_in: number, account: Profile}} answer */
  #take({ token, expires_in: seconds, account }) {
    this.#token = token;
    this.#expiresAt = this.#around.now() + seconds * 1000;
    this.profile = account;
    this.#around.memory.setKnown(true);
    clearTimeout(this.#timer);
    const wait = Math.max(LEAST_MS, seconds * 1000 - RENEW_BEFORE_MS);
    this.#timer = setTimeout(() => this.#refresh().catch(() => {}), wait);
    this.emit("changed");
  }

  #forget() {
    this.#token = "";
    this.profile = null;
    this.#around.memory.setKnown(false);
    clearTimeout(this.#timer);
    this.emit("changed");
  }

  #tellOtherTabs() {
    this.#around.channel?.postMessage("changed");
  }

  #followOtherTab() {
    this.#refresh().catch(() => {});
  }

  /**
   * One at a time in all tabs of this browser. In another site's frame the browser may forbid locks, and cookies with them: then
   * there is nothing to take turns for.
   *
   * @param {() => Promise<any>} work
   * @returns {Promise<any>}
   */
  async #alone(work) {
    const { locks } = this.#around;
    let began = false;
    const begin = () => {
      began = true;
      return work();
    };
    if (!locks) return work();
    try {
      return await locks.request(LOCK, begin);
    } catch (error) {
      if (began) throw error;
      return work();
    }
  }
}

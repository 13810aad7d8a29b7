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
 * @typedef {object} Profile
 * @property {string} id
 * @property {boolean} guest  an identity of this browser, without an account
 * @property {string} name
 * @property {string | null} picture  `/api/pictures/{picture}`
 * @property {string | null} email
 * @property {boolean} verified  the e-mail
 *
 * @typedef {{changed: [], ended: []}} SessionEvents  `ended`: signed out by the server
 *
 * @typedef {object} Surroundings  what the browser gives
 * @property {Pick<LockManager, "request"> | undefined} locks
 * @property {{postMessage: (message: unknown) => void, onmessage: ((event: any) => void) | null} | null} channel
 * @property {() => number} now  milliseconds
 */

const LOCK = "treble.session";
const RENEW_BEFORE_MS = 60_000;
const LEAST_MS = 5_000; // between two renewals, whatever the server says
/** Answers that say: there is no Session behind this cookie any more. */
const OVER = new Set(["session.ended", "auth.missing", "auth.expired", "auth.wrong"]);

/** @returns {Surroundings} */
function browserSurroundings() {
  return {
    locks: globalThis.navigator?.locks,
    channel: globalThis.BroadcastChannel ? new BroadcastChannel(LOCK) : null,
    now: () => Date.now(),
  };
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

  /** Whom the cookie of an earlier visit belongs to; nobody where there is none. Throws only where the server is away. */
  async restore() {
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

  /**
   * Begin by a request to `/api/session...`: a login, a guest's name, a code of a mail.
   *
   * @param {string} path
   * @param {object} body
   */
  async begin(path, body) {
    const answer = await this.#alone(() => request(this.#server, "POST", path, { body, bearer: this.#token || null }));
    this.#take(answer);
    this.#tellOtherTabs();
    return answer;
  }

  /** Sign out here; other browsers stay. */
  async end() {
    await this.#alone(() => request(this.#server, "DELETE", "/api/session", { bearer: this.#token }));
    this.#forget();
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
      if (!(error instanceof TrebleError) || error.code !== "auth.expired") throw error;
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

  async #refresh() {
    try {
      this.#take(await this.#alone(() => request(this.#server, "POST", "/api/session/refresh", { body: {} })));
    } catch (error) {
      if (error instanceof TrebleError && OVER.has(error.code)) {
        const wasSomebody = this.profile !== null;
        this.#forget();
        if (wasSomebody) this.emit("ended");
      }
      throw error;
    }
  }

  /** @param {{token: string, expires_in: number, profile: Profile}} answer */
  #take({ token, expires_in: seconds, profile }) {
    this.#token = token;
    this.#expiresAt = this.#around.now() + seconds * 1000;
    this.profile = profile;
    clearTimeout(this.#timer);
    const wait = Math.max(LEAST_MS, seconds * 1000 - RENEW_BEFORE_MS);
    this.#timer = setTimeout(() => this.#refresh().catch(() => {}), wait);
    this.emit("changed");
  }

  #forget() {
    this.#token = "";
    this.profile = null;
    clearTimeout(this.#timer);
    this.emit("changed");
  }

  #tellOtherTabs() {
    this.#around.channel?.postMessage("changed");
  }

  #followOtherTab() {
    this.#refresh().catch(() => {});
  }

  /** @template T @param {() => Promise<T>} work @returns {Promise<T>} */
  #alone(work) {
    return this.#around.locks ? this.#around.locks.request(LOCK, work) : work();
  }
}

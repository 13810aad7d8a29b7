/** What one can do with an account, as requests (docs/accounts.md). Everything throws `TrebleError`. */

import { request } from "/sdk/api.js";
import { forgetRooms } from "./recent.js";

/**
 * @typedef {import("/sdk/session.js").Session} Session
 * @typedef {{id: string, current: boolean, agent: string, address: string, used_at: number}} Login  `used_at`: Unix seconds
 */

const BACK = "/account/sign-in"; // this page's way back from a provider; where it goes on is kept by the tab

export class Account {
  /** The address that a mail has just been sent to. */
  awaited = "";
  /** What the next screen says first. */
  news = "";
  /** Likewise, where it is not good. */
  loss = "";
  #session;
  /** @type {Promise<string[]> | null} */
  #providers = null;

  /** @param {Session} session */
  constructor(session) {
    this.#session = session;
  }

  takeNews() {
    const { news, loss } = this;
    this.news = this.loss = "";
    return { news, loss };
  }

  /** By which others' accounts this server lets one sign in. */
  providers() {
    this.#providers ??= this.#ask("GET", "/api/oauth").then(
      ({ providers }) => providers,
      (error) => {
        this.#providers = null;
        throw error;
      },
    );
    return this.#providers;
  }

  /** Be a guest, unless one is somebody already. @param {string} name */
  async beSomebody(name) {
    if (this.#session.kind === "nobody") await this.#session.asGuest(name);
  }

  /**
   * Begin an account; its mail says how to go on. This browser's guest becomes the account, and keeps what it may in
   * its rooms.
   *
   * @param {string} name @param {string} email @param {string} password
   */
  async signUp(name, email, password) {
    await this.beSomebody(name);
    await this.#ask("POST", "/api/account/sign-up", { name, email, password });
    this.awaited = email;
  }

  /**
   * With the code of a mail. Who signed up in this browser is signed in then.
   *
   * @param {string} code
   * @returns {Promise<string>} the address
   */
  async verify(code) {
    const { email } = await this.#ask("POST", "/api/account/verify", { code });
    if (this.#session.profile) await this.#session.renew();
    return email;
  }

  /** @param {string} email */
  requestReset(email) {
    return this.#ask("POST", "/api/account/reset", { email });
  }

  /** @param {string} code @param {string} password @returns {Promise<string>} the address */
  async reset(code, password) {
    return (await this.#ask("POST", "/api/account/reset/finish", { code, password })).email;
  }

  /** Leave this page for a provider's. @param {string} provider @param {{link?: boolean}} [options] */
  async goTo(provider, { link = false } = {}) {
    const { url } = await this.#ask("POST", `/api/oauth/${provider}/start`, { back: BACK, link });
    location.assign(url);
  }

  /** @param {string} name */
  rename(name) {
    return this.#becomeBy("PATCH", "/api/account", { name });
  }

  /** @param {Blob} square */
  setPicture(square) {
    return this.#becomeBy("PUT", "/api/account/picture", square);
  }

  dropPicture() {
    return this.#becomeBy("DELETE", "/api/account/picture");
  }

  /** @param {string} email @param {string} password  "": signed in a moment ago */
  changeEmail(email, password) {
    return this.#session.call("POST", "/api/account/email", { email, ...(password && { password }) });
  }

  /** @param {string} old  "": none yet @param {string} password */
  async changePassword(old, password) {
    const body = { ...(old && { old }), new: password };
    this.#session.update(await this.#session.call("POST", "/api/account/password", body));
  }

  /** @param {string} provider */
  async unlink(provider) {
    this.#session.update(await this.#session.call("DELETE", `/api/account/providers/${provider}`));
  }

  /** @returns {Promise<Login[]>} */
  async logins() {
    return (await this.#session.call("GET", "/api/account/sessions")).sessions;
  }

  /** @param {string} id */
  revoke(id) {
    return this.#session.call("DELETE", `/api/account/sessions/${encodeURIComponent(id)}`);
  }

  revokeOthers() {
    return this.#session.call("DELETE", "/api/account/sessions?keep=current");
  }

  /** @param {string} password  "": signed in a moment ago */
  async remove(password) {
    await this.#session.call("POST", "/api/account/delete", password ? { password } : {});
    forgetRooms();
    await this.#session.restore({ ask: true });
  }

  /** Change what rooms are told by the token too. @param {string} method @param {string} path @param {unknown} [body] */
  async #becomeBy(method, path, body) {
    this.#session.update(await this.#session.call(method, path, body));
    await this.#session.renew();
  }

  /** As whoever one is, also as nobody. @param {string} method @param {string} path @param {object} [body] */
  async #ask(method, path, body) {
    if (this.#session.profile) return this.#session.call(method, path, body);
    return request(location.origin, method, path, { body });
  }
}

/** A provider's own name. @param {string} id */
export function providerName(id) {
  return id.charAt(0).toUpperCase() + id.slice(1);
}

/** What one can do with an account, as requests. Everything throws `TrebleError`. */

import { TrebleError, request } from "/sdk/index.js";
import { forgetRooms } from "./recent.js";

/**
 * @typedef {import("/sdk/session.js").Session} Session
 * @typedef {{id: string, name: string}} Provider
 * @typedef {{id: string, here: boolean, agent: string, address: string, seen: number}} Login  `seen`: Unix ms
 */

export class Account {
  /** The address that a mail has just been sent to. */
  awaited = "";
  #session;
  /** @type {Promise<Provider[]> | null} */
  #providers = null;

  /** @param {Session} session */
  constructor(session) {
    this.#session = session;
  }

  /** By which others' accounts this server lets one sign in. */
  providers() {
    this.#providers ??= request(location.origin, "GET", "/api/session/providers").then(
      ({ providers }) => providers,
      (error) => {
        this.#providers = null;
        throw error;
      },
    );
    return this.#providers;
  }

  /** @param {string} name */
  asGuest(name) {
    return this.#session.begin("/api/session/guest", { name });
  }

  /** @param {string} email @param {string} password */
  signIn(email, password) {
    return this.#session.begin("/api/session/login", { email, password });
  }

  /** @param {string} name @param {string} email @param {string} password */
  async signUp(name, email, password) {
    await this.#session.begin("/api/session/signup", { name, email, password });
    this.awaited = email;
  }

  /** @param {string} code */
  verify(code) {
    return this.#session.begin("/api/session/verify", { code });
  }

  /** @param {string} email */
  requestReset(email) {
    return request(location.origin, "POST", "/api/session/reset", { body: { email } });
  }

  /** @param {string} code @param {string} password */
  reset(code, password) {
    return this.#session.begin("/api/session/reset/confirm", { code, password });
  }

  /** Leave the page for a provider's. @param {string} provider @param {{link?: boolean}} [options] */
  async goTo(provider, { link = false } = {}) {
    location.assign(`/api/session/oauth/${encodeURIComponent(provider)}`);
  }

  sendVerification() {
    return this.#session.call("POST", "/api/account/verify");
  }

  /** @param {string} name */
  async rename(name) {
    this.#session.update(await this.#session.call("PATCH", "/api/account", { name }));
  }

  /** @param {Blob} square */
  async setPicture(square) {
    this.#session.update(await this.#session.call("PUT", "/api/account/picture", square));
  }

  async dropPicture() {
    this.#session.update(await this.#session.call("DELETE", "/api/account/picture"));
  }

  /** @param {string} email */
  changeEmail(email) {
    return this.#session.call("POST", "/api/account/email", { email });
  }

  /** @param {string | null} old @param {string} password */
  changePassword(old, password) {
    return this.#session.call("POST", "/api/account/password", { old, password });
  }

  /** @returns {Promise<Provider[]>} */
  async links() {
    return (await this.#session.call("GET", "/api/account/links")).links;
  }

  /** @param {string} provider */
  unlink(provider) {
    return this.#session.call("DELETE", `/api/account/links/${encodeURIComponent(provider)}`);
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
    return this.#session.call("DELETE", "/api/account/sessions");
  }

  /** @param {string | null} password */
  async remove(password) {
    await this.#session.call("POST", "/api/account/delete", { password });
    forgetRooms();
    await this.#session.restore();
  }
}

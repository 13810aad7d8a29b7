/**
 * Requests that must be carried out exactly once, whatever becomes of socket and Session: each has a key of 128 random
 * bits, and the server does once what it is asked twice. What had no answer is sent again with its key when there is a
 * Session again, and after a while where the server could not do it now.
 */

import { TrebleError } from "./errors.js";
import { mayPass } from "./signal.js";

/**
 * @typedef {{type: string, fields: object, resolve: (answer: any) => void, reject: (error: Error) => void,
 *   tries: number, session: number, flying: boolean}} Entry
 */

const KEY_BYTES = 16;
const MOST_TRIES = 5; // while the server is busy
const WAIT_MS = 1_000;
/** Failures of a Session that is gone: whether it was done is open. */
const LOST = new Set(["session.new", "gone"]);

/** 22 letters. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

export class Outbox {
  /** @type {Set<Entry>} */
  #entries = new Set();
  #session = 0;
  #ask;
  #wait;

  /**
   * @param {(type: string, fields: object) => Promise<any>} ask
   * @param {(milliseconds: number) => Promise<void>} [wait]
   */
  constructor(ask, wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))) {
    this.#ask = ask;
    this.#wait = wait;
  }

  /**
   * Resolves with the answer, after as many Sessions as it takes; rejects where the server refuses.
   *
   * @param {string} type
   * @param {object} fields
   * @param {string} [key]  of an earlier try
   */
  send(type, fields, key = newKey()) {
    return new Promise((resolve, reject) => {
      const entry = { type, fields: { ...fields, key }, resolve, reject, tries: 0, session: 0, flying: false };
      this.#entries.add(entry);
      this.#try(entry);
    });
  }

  /** There is a Session again. */
  resume() {
    this.#session += 1;
    for (const entry of this.#entries) if (!entry.flying) this.#try(entry);
  }

  /** No Session follows. */
  close() {
    for (const { reject } of this.#entries) reject(new TrebleError("closed"));
    this.#entries.clear();
  }

  /** @param {Entry} entry */
  async #try(entry) {
    Object.assign(entry, { flying: true, session: this.#session });
    try {
      const answer = await this.#ask(entry.type, entry.fields);
      this.#entries.delete(entry);
      entry.resolve(answer);
    } catch (error) {
      if (!this.#entries.has(entry)) return;
      entry.flying = false;
      this.#missed(entry, error instanceof TrebleError ? error : new TrebleError("failed", { detail: String(error) }));
    }
  }

  /** @param {Entry} entry @param {TrebleError} error */
  async #missed(entry, error) {
    if (LOST.has(error.code)) {
      if (entry.session !== this.#session) this.#try(entry); // else `resume` does
      return;
    }
    entry.tries += 1;
    if ((!mayPass(error) && error.code !== "timeout") || entry.tries >= MOST_TRIES) {
      this.#entries.delete(entry);
      return entry.reject(error);
    }
    await this.#wait(entry.tries * WAIT_MS);
    if (this.#entries.has(entry) && !entry.flying) this.#try(entry);
  }
}

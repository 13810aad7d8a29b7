/** Frames in and out: a sender's chain, and what a receiver holds of each participant. */

import { frameKey, nonceOf, ratchet, concat } from "./derive.js";
import { MAX_STEP, clearLength, encodeHeader, join, keyId, keyName, split } from "./header.js";
import { ReplayWindow } from "./replay.js";

/**
 * @typedef {import("./derive.js").Bytes} Bytes
 * @typedef {{epoch: number, step: number, chain: Bytes}} Chain
 * @typedef {{key: CryptoKey, salt: Bytes}} FrameKey
 */

const KEPT_STEPS = 2; // frames of the last step but one may still be on their way

/** One's own: encrypts with the chain that it was given last. */
export class Sealer {
  /** @type {Chain | null} */
  #chain = null;
  /** @type {Map<number, Promise<FrameKey>>} */
  #keys = new Map();
  /** A key's counter outlives its use: no nonce twice. @type {Map<number, number>} */
  #counters = new Map();

  /** @param {Chain | null} chain */
  use(chain) {
    this.#chain = chain;
    this.#keys.clear();
  }

  /**
   * The frame as it is sent; null while there is no key.
   *
   * @param {Uint8Array} frame
   * @param {number} source
   * @param {"vp8" | "vp9" | "opus"} codec
   */
  async seal(frame, source, codec) {
    if (!this.#chain) return null;
    const kid = keyId({ ...this.#chain, source });
    if (!this.#keys.has(kid)) this.#keys.set(kid, frameKey(this.#chain.chain, kid));
    const counter = this.#counters.get(kid) ?? 0;
    this.#counters.set(kid, counter + 1);
    const { key, salt } = await /** @type {Promise<FrameKey>} */ (this.#keys.get(kid));
    const header = encodeHeader(kid, counter);
    const clear = frame.subarray(0, clearLength(codec, frame));
    const how = { name: "AES-GCM", iv: nonceOf(salt, counter), additionalData: concat(header, clear) };
    const sealed = await crypto.subtle.encrypt(how, key, /** @type {Bytes} */ (frame.subarray(clear.length)));
    return join(clear, new Uint8Array(sealed), header);
  }
}

/** @typedef {{key: Promise<FrameKey>, window: ReplayWindow}} Kept */

/** What one participant sends: decrypts with the chains that it gave, and with those that follow by ratchet. */
export class Opener {
  /** By epoch: the last that is known, and the one before. @type {Map<number, Chain>} */
  #chains = new Map();
  /** @type {Map<number, Kept>} */
  #kept = new Map();

  /** @param {Chain} chain */
  learn(chain) {
    const known = this.#chains.get(chain.epoch);
    if (known && known.step >= chain.step) return;
    this.#chains.set(chain.epoch, chain);
    for (const epoch of [...this.#chains.keys()].sort((a, b) => b - a).slice(2)) this.#chains.delete(epoch);
    this.#forget();
  }

  /**
   * The frame as it was; null where it cannot be decrypted, was seen before or is of another source.
   *
   * @param {Uint8Array} whole
   * @param {number} source
   */
  async open(whole, source) {
    const parts = split(whole);
    if (!parts) return null;
    const name = keyName(parts.kid);
    if (name.source !== source) return null;
    const chain = await this.#chainFor(name.epoch, name.step);
    const kept = this.#kept.get(parts.kid) ?? (chain && { key: frameKey(chain.chain, parts.kid), window: new ReplayWindow() });
    if (!kept) return null;
    const { key, salt } = await kept.key;
    const how = {
      name: "AES-GCM",
      iv: nonceOf(salt, parts.counter),
      additionalData: concat(parts.header, parts.clear),
    };
    try {
      const frame = new Uint8Array(await crypto.subtle.decrypt(how, key, /** @type {Bytes} */ (parts.sealed)));
      const { window } = this.#keep(parts.kid, kept, chain);
      return window.take(parts.counter) ? concat(parts.clear, frame) : null;
    } catch {
      return null; // another key, or not what was sent
    }
  }

  /** The chain of this step, from an earlier one; null where there is none. @param {number} epoch @param {number} step */
  async #chainFor(epoch, step) {
    let chain = this.#chains.get(epoch);
    if (!chain || step < chain.step || step > MAX_STEP) return null;
    while (chain.step < step) chain = { epoch, step: chain.step + 1, chain: await ratchet(chain.chain) };
    return chain;
  }

  /** It was the sender's doing: keep the key, go on from this step. @param {number} kid @param {Kept} found @param {Chain | null} chain */
  #keep(kid, found, chain) {
    const kept = this.#kept.get(kid) ?? found; // two receivers may have found it at once
    this.#kept.set(kid, kept);
    if (chain) this.learn(chain);
    return kept;
  }

  #forget() {
    for (const kid of this.#kept.keys()) {
      const { epoch, step } = keyName(kid);
      const chain = this.#chains.get(epoch);
      if (!chain || step + KEPT_STEPS <= chain.step) this.#kept.delete(kid);
    }
  }
}

/**
 * Who one is to the others in an encrypted room: an ECDH key of this Session, proved by the room's secret, and the pairwise
 * keys that sender keys are wrapped with.
 */

import { concat, framed, hkdf, pbkdf2 } from "./derive.js";

/**
 * @typedef {import("./derive.js").Bytes} Bytes
 * @typedef {{id: string, key: Bytes}} Known  a participant and its public key
 */

const CURVE = { name: "ECDH", namedCurve: "P-256" };
const PUBLIC_BYTES = 65;
const CODE_ROUNDS = 100_000;
const CODE_GROUPS = 6;

/** @param {Uint8Array} bytes */
export function encode(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** @param {string} text @returns {Bytes}  empty where it is no base64url */
export function decode(text) {
  try {
    return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
  } catch {
    return new Uint8Array(0);
  }
}

/** A key pair that never leaves this page. */
export async function makeIdentity() {
  const { privateKey, publicKey } = await crypto.subtle.generateKey(CURVE, false, ["deriveBits"]);
  return { privateKey, key: new Uint8Array(await crypto.subtle.exportKey("raw", publicKey)) };
}

/** @param {Bytes} proof @returns {Promise<CryptoKey>} */
function macKey(proof) {
  return crypto.subtle.importKey("raw", proof, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
}

/** That `known` is in `room` and has the secret. @param {Bytes} proof @param {string} room @param {Known} known */
export async function prove(proof, room, { id, key }) {
  return new Uint8Array(await crypto.subtle.sign("HMAC", await macKey(proof), framed("hello", room, id, key)));
}

/** @param {Bytes} proof @param {string} room @param {Known} known @param {Bytes} mac */
export async function isProved(proof, room, { id, key }, mac) {
  return key.length === PUBLIC_BYTES && crypto.subtle.verify("HMAC", await macKey(proof), mac, framed("hello", room, id, key));
}

/**
 * The key for what `from` wraps for `to`; both find the same.
 *
 * @param {CryptoKey} privateKey
 * @param {Bytes} theirs  public
 * @param {Bytes} binding
 * @param {Known} from
 * @param {Known} to
 */
export async function pairKey(privateKey, theirs, binding, from, to) {
  const other = await crypto.subtle.importKey("raw", theirs, CURVE, false, []);
  const shared = new Uint8Array(await crypto.subtle.deriveBits({ name: "ECDH", public: other }, privateKey, 256));
  const raw = await hkdf(shared, binding, framed("wrap", from.id, from.key, to.id, to.key), 16);
  return crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
}

/** @param {CryptoKey} key @param {import("./frames.js").Chain} chain */
export async function wrap(key, { epoch, step, chain }) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const how = { name: "AES-GCM", iv, additionalData: concat(`${epoch}.${step}`) };
  return { e: epoch, s: step, i: encode(iv), c: encode(new Uint8Array(await crypto.subtle.encrypt(how, key, chain))) };
}

/**
 * @param {CryptoKey} key
 * @param {{e?: unknown, s?: unknown, i?: unknown, c?: unknown}} wrapped
 * @returns {Promise<import("./frames.js").Chain | null>}  null: not wrapped with this key
 */
export async function unwrap(key, { e: epoch, s: step, i, c }) {
  if (!Number.isSafeInteger(epoch) || !Number.isSafeInteger(step)) return null;
  const how = { name: "AES-GCM", iv: decode(String(i)), additionalData: concat(`${epoch}.${step}`) };
  try {
    const chain = new Uint8Array(await crypto.subtle.decrypt(how, key, decode(String(c))));
    return chain.length === 32 ? { epoch: Number(epoch), step: Number(step), chain } : null;
  } catch {
    return null;
  }
}

/**
 * 24 digits in groups of four: the same for all who have the same secret and the same identities of the same people.
 *
 * @param {Bytes} binding
 * @param {string} room
 * @param {Known[]} people  oneself too
 */
export async function safetyCode(binding, room, people) {
  const lines = people.map(({ id, key }) => `${id} ${encode(key)}`).sort();
  const bytes = await pbkdf2(framed("code", room, ...lines), binding, CODE_ROUNDS, CODE_GROUPS * 4);
  const view = new DataView(bytes.buffer);
  const groups = Array.from({ length: CODE_GROUPS }, (_, at) => view.getUint32(at * 4) % 10_000);
  return groups.map((group) => String(group).padStart(4, "0")).join(" ");
}

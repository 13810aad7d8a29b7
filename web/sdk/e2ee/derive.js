/** Keys from keys: HKDF and PBKDF2 by WebCrypto, the schedule of RFC 9605 4.4.2 for cipher suite 4. */

const SUITE = 4; // AES_128_GCM_SHA256_128
const text = new TextEncoder();
const NOTHING = new Uint8Array(0);
const SECRET_ROUNDS = 600_000;

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */

/** @param {...(string | Uint8Array | number[])} parts @returns {Bytes} */
export function concat(...parts) {
  const all = parts.map((part) => (typeof part === "string" ? text.encode(part) : part));
  const whole = new Uint8Array(all.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of all) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Parts told apart by their lengths, so that no two lists read alike. @param {...(string | Uint8Array)} parts */
export function framed(...parts) {
  return concat(
    ...parts.flatMap((part) => {
      const bytes = typeof part === "string" ? text.encode(part) : part;
      return [[bytes.length >> 8, bytes.length & 255], bytes];
    }),
  );
}

/**
 * @param {Bytes} key
 * @param {Bytes} salt
 * @param {string | Bytes} info
 * @param {number} bytes
 */
export async function hkdf(key, salt, info, bytes) {
  const from = await crypto.subtle.importKey("raw", key, "HKDF", false, ["deriveBits"]);
  const how = { name: "HKDF", hash: "SHA-256", salt, info: typeof info === "string" ? text.encode(info) : info };
  return new Uint8Array(await crypto.subtle.deriveBits(how, from, bytes * 8));
}

/** @param {Bytes} secret @param {Bytes} salt @param {number} iterations @param {number} bytes */
export async function pbkdf2(secret, salt, iterations, bytes) {
  const from = await crypto.subtle.importKey("raw", secret, "PBKDF2", false, ["deriveBits"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations };
  return new Uint8Array(await crypto.subtle.deriveBits(how, from, bytes * 8));
}

/**
 * What the room's secret is used for: proving that one has it, and binding wrapped keys to it.
 *
 * @param {string} secret  random, or a passphrase
 * @param {string} room  its id
 */
export async function rootOf(secret, room) {
  const root = await pbkdf2(text.encode(secret.normalize("NFC").trim()), concat(`treble e2ee 1|${room}`), SECRET_ROUNDS, 32);
  const proof = await hkdf(root, NOTHING, "proof", 32);
  const binding = await hkdf(root, NOTHING, "binding", 32);
  return { proof, binding };
}

/** One step: nobody finds the chain before from the one after. @param {Bytes} chain */
export function ratchet(chain) {
  return hkdf(chain, NOTHING, "treble e2ee ratchet", 32);
}

/**
 * Key and salt of one key id (RFC 9605 4.4.2).
 *
 * @param {Bytes} base
 * @param {number} kid
 */
export async function frameKey(base, kid) {
  const number = new DataView(new ArrayBuffer(10));
  number.setBigUint64(0, BigInt(kid));
  number.setUint16(8, SUITE);
  const name = new Uint8Array(number.buffer);
  const raw = await hkdf(base, NOTHING, concat("SFrame 1.0 Secret key ", name), 16);
  const salt = await hkdf(base, NOTHING, concat("SFrame 1.0 Secret salt ", name), 12);
  const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
  return { key, salt };
}

/** The salt with the counter in its last eight bytes (RFC 9605 4.4.3). @param {Bytes} salt @param {number} counter */
export function nonceOf(salt, counter) {
  const nonce = salt.slice();
  for (let at = nonce.length - 1, rest = counter; rest > 0; at -= 1, rest = Math.floor(rest / 256)) nonce[at] ^= rest % 256;
  return nonce;
}

/**
 * The header of an encrypted frame (RFC 9605 4.3) and where it stands: behind the frame, so that what a codec needs in
 * clear comes first.
 *
 *     clear bytes | ciphertext and tag | header | length of the clear bytes | length of the header
 *
 * Key id: `epoch << 10 | step << 2 | source`. All are numbers below 2^53.
 */

export const SOURCES = /** @type {const} */ (["microphone", "camera", "screen", "screen-audio"]);
export const MAX_STEP = 255;
const MAX_EPOCH = 2 ** 42;
const TAG = 16;
const TAIL = 2;
const MAX_HEADER = 17;

/** @typedef {{epoch: number, step: number, source: number}} KeyName */

/** @param {KeyName} name */
export function keyId({ epoch, step, source }) {
  return (epoch * 256 + step) * 4 + source;
}

/** @param {number} kid @returns {KeyName} */
export function keyName(kid) {
  return { epoch: Math.floor(kid / 1024), step: Math.floor(kid / 4) % 256, source: kid % 4 };
}

/** @param {number} kid @param {number} counter */
export function encodeHeader(kid, counter) {
  const [k, c] = [bytesOf(kid), bytesOf(counter)];
  const kBits = kid < 8 ? kid : 8 | (k.length - 1);
  const cBits = counter < 8 ? counter : 8 | (c.length - 1);
  return new Uint8Array([(kBits << 4) | cBits, ...(kid < 8 ? [] : k), ...(counter < 8 ? [] : c)]);
}

/** @param {Uint8Array} bytes @returns {{kid: number, counter: number} | null}  null: no header, or beyond what is used */
export function decodeHeader(bytes) {
  if (!bytes.length) return null;
  const [k, c] = [bytes[0] >> 4, bytes[0] & 15];
  const [kLength, cLength] = [k & 8 ? (k & 7) + 1 : 0, c & 8 ? (c & 7) + 1 : 0];
  if (bytes.length !== 1 + kLength + cLength) return null;
  const kid = kLength ? numberOf(bytes.subarray(1, 1 + kLength)) : k;
  const counter = cLength ? numberOf(bytes.subarray(1 + kLength)) : c;
  const known = Number.isSafeInteger(kid) && Number.isSafeInteger(counter) && keyName(kid).epoch < MAX_EPOCH;
  return known ? { kid, counter } : null;
}

/**
 * How much of a frame stays in clear. The descriptor of VP9 says all outside the frame; sound needs nothing.
 *
 * @param {"vp8" | "vp9" | "opus"} codec
 * @param {Uint8Array} frame
 */
export function clearLength(codec, frame) {
  if (codec !== "vp8" || !frame.length) return 0;
  return Math.min(frame.length, frame[0] & 1 ? 3 : 10); // RFC 6386 9.1: bit 0 is clear in a keyframe
}

/** @param {Uint8Array} clear @param {Uint8Array} sealed @param {Uint8Array} header */
export function join(clear, sealed, header) {
  const whole = new Uint8Array(clear.length + sealed.length + header.length + TAIL);
  whole.set(clear);
  whole.set(sealed, clear.length);
  whole.set(header, clear.length + sealed.length);
  whole.set([clear.length, header.length], whole.length - TAIL);
  return whole;
}

/** The parts of an encrypted frame; null where it is none. @param {Uint8Array} whole */
export function split(whole) {
  const [clearBytes, headerBytes] = whole.subarray(-TAIL);
  if (whole.length < TAIL || headerBytes < 1 || headerBytes > MAX_HEADER) return null;
  const headerAt = whole.length - TAIL - headerBytes;
  if (headerAt < clearBytes + TAG) return null;
  const header = whole.subarray(headerAt, headerAt + headerBytes);
  const found = decodeHeader(header);
  return found && { ...found, header, clear: whole.subarray(0, clearBytes), sealed: whole.subarray(clearBytes, headerAt) };
}

/** Big endian, as few bytes as hold it. @param {number} value */
function bytesOf(value) {
  const bytes = [value % 256];
  for (let rest = Math.floor(value / 256); rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return bytes;
}

/** @param {Uint8Array} bytes */
function numberOf(bytes) {
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { concat, frameKey, nonceOf, ratchet, rootOf } from "../../web/sdk/e2ee/derive.js";
import { Opener, Sealer } from "../../web/sdk/e2ee/frames.js";
import { clearLength, decodeHeader, encodeHeader, join, keyId, keyName, split } from "../../web/sdk/e2ee/header.js";
import { ReplayWindow } from "../../web/sdk/e2ee/replay.js";

const hex = (/** @type {Uint8Array} */ bytes) => Buffer.from(bytes).toString("hex");
const bytes = (/** @type {string} */ text) => new Uint8Array(Buffer.from(text, "hex"));
// Both made by another implementation (Python, cryptography).
const PROOF = "587658775863818c848ebb6d6ca0f58dbb0a5957ee53ddf259b14dc74380ccc3";
const VECTOR =
  "10d00a9d012a80026801f21a7305eff23065cdb1d6fa1ed4ca7038e98cd13f39c72adea0d23751d4" +
  "589dd5d00d78c9239b063689653c21e87872b9ce03a78737d446fa100a01";
const CHAIN = bytes("07".repeat(32));
const KEYFRAME = bytes("10d00a9d012a8002680100" + "aa".repeat(40));
const DELTA = bytes("b1d00a" + "bb".repeat(20));
const chain = (epoch = 0, step = 0, fill = CHAIN) => ({ epoch, step, chain: fill });

test("keys, nonces and ciphertext are those of RFC 9605, appendix C.3, cipher suite 4", async () => {
  const base = bytes("000102030405060708090a0b0c0d0e0f");
  const [kid, counter] = [0x123, 0x4567];
  const { key, salt } = await frameKey(base, kid);
  assert.equal(hex(salt), "75234edefe07819026751816");
  const iv = nonceOf(salt, counter);
  assert.equal(hex(iv), "75234edefe07819026755d71");
  const header = encodeHeader(kid, counter);
  const additionalData = concat(header, "IETF SFrame WG");
  const plain = concat("draft-ietf-sframe-enc");
  const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData }, key, plain));
  const whole = hex(header) + hex(sealed);
  assert.equal(whole, "9901234567b7412c2513a1b66dbb48841bbaf17f598751176ad847681a69c6d0b091c07018ce4adb34eb");
});

test("headers survive, as short as can be (RFC 9605 4.3)", () => {
  for (const [kid, counter, text] of [[0, 0, "00"], [7, 7, "77"], [8, 8, "880808"], [255, 256, "89ff0100"], [65536, 1, "a1010000"]]) {
    assert.equal(hex(encodeHeader(kid, counter)), text);
    assert.deepEqual(decodeHeader(bytes(text)), { kid, counter });
  }
  const most = [2 ** 52 - 1, 2 ** 53 - 1];
  assert.deepEqual(decodeHeader(encodeHeader(most[0], most[1])), { kid: most[0], counter: most[1] });
  for (const text of ["", "88", "8808", "8808080808", "ff" + "ff".repeat(16)]) assert.equal(decodeHeader(bytes(text)), null, text);
});

test("a key id names epoch, step and source", () => {
  for (const name of [{ epoch: 0, step: 0, source: 0 }, { epoch: 3, step: 255, source: 2 }, { epoch: 2 ** 41, step: 1, source: 3 }]) {
    assert.deepEqual(keyName(keyId(name)), name);
  }
});

test("what a codec needs stays in clear, and nothing else", () => {
  assert.equal(clearLength("vp8", KEYFRAME), 10);
  assert.equal(clearLength("vp8", DELTA), 3);
  assert.equal(clearLength("vp8", DELTA.subarray(0, 2)), 2);
  assert.equal(clearLength("vp8", new Uint8Array(0)), 0);
  assert.equal(clearLength("vp9", KEYFRAME), 0);
  assert.equal(clearLength("opus", DELTA), 0);
});

test("a sealed frame is always the same, and opens to what it was", async () => {
  const sealer = new Sealer();
  sealer.use(chain());
  const sealed = /** @type {Uint8Array} */ (await sealer.seal(KEYFRAME, 1, "vp8"));
  assert.equal(hex(sealed), VECTOR);
  assert.equal(sealed.length - KEYFRAME.length, 16 + 1 + 2);
  const opener = new Opener();
  opener.learn(chain());
  assert.equal(hex(/** @type {Uint8Array} */ (await opener.open(sealed, 1))), hex(KEYFRAME));
});

test("nothing is sent without a key", async () => {
  assert.equal(await new Sealer().seal(DELTA, 0, "opus"), null);
});

test("a frame that was touched, replayed or put elsewhere is not opened", async () => {
  const sealer = new Sealer();
  sealer.use(chain());
  const sealed = /** @type {Uint8Array} */ (await sealer.seal(KEYFRAME, 1, "vp8"));
  const opener = new Opener();
  assert.equal(await opener.open(sealed, 1), null, "without its key");
  opener.learn(chain());
  for (let at = 0; at < sealed.length; at += 1) {
    const touched = sealed.slice();
    touched[at] ^= 1;
    assert.equal(await opener.open(touched, 1), null, `byte ${at}`);
  }
  assert.equal(await opener.open(sealed, 0), null, "as a microphone");
  assert.ok(await opener.open(sealed, 1));
  assert.equal(await opener.open(sealed, 1), null, "again");
  assert.equal(await opener.open(KEYFRAME, 1), null, "in clear");
  assert.equal(await opener.open(new Uint8Array(0), 1), null, "empty");
});

test("who has a later step cannot read an earlier one; who has an earlier one goes on", async () => {
  const sealer = new Sealer();
  sealer.use(chain());
  const before = /** @type {Uint8Array} */ (await sealer.seal(DELTA, 0, "opus"));
  const next = chain(0, 1, await ratchet(CHAIN));
  sealer.use(next);
  const after = /** @type {Uint8Array} */ (await sealer.seal(DELTA, 0, "opus"));
  const [elder, newcomer] = [new Opener(), new Opener()];
  elder.learn(chain());
  newcomer.learn(next);
  assert.ok(await elder.open(before, 0));
  assert.ok(await elder.open(after, 0));
  assert.ok(await newcomer.open(after, 0));
  assert.equal(await newcomer.open(before, 0), null);
});

test("who was removed cannot read what follows, whatever it keeps", async () => {
  const sealer = new Sealer();
  sealer.use(chain(0, 5));
  const removed = new Opener();
  removed.learn(chain(0, 5));
  assert.ok(await removed.open(/** @type {Uint8Array} */ (await sealer.seal(DELTA, 1, "vp8")), 1));
  sealer.use(chain(1, 0, crypto.getRandomValues(new Uint8Array(32))));
  for (let n = 0; n < 3; n += 1) {
    assert.equal(await removed.open(/** @type {Uint8Array} */ (await sealer.seal(DELTA, 1, "vp8")), 1), null);
  }
});

test("frames of the key before still open while they are on their way", async () => {
  const sealer = new Sealer();
  sealer.use(chain(0));
  const late = /** @type {Uint8Array} */ (await sealer.seal(DELTA, 0, "opus"));
  const opener = new Opener();
  opener.learn(chain(0));
  opener.learn(chain(1, 0, bytes("09".repeat(32))));
  assert.ok(await opener.open(late, 0));
  opener.learn(chain(2, 0, bytes("0a".repeat(32))));
  const older = /** @type {Uint8Array} */ (await sealer.seal(DELTA, 0, "opus"));
  assert.equal(await opener.open(older, 0), null, "two keys later");
});

test("a far step costs no more than the steps there are", async () => {
  const opener = new Opener();
  opener.learn(chain());
  const forged = join(new Uint8Array(0), new Uint8Array(40), encodeHeader(keyId({ epoch: 0, step: 255, source: 0 }), 1));
  assert.equal(await opener.open(forged, 0), null);
  const sealer = new Sealer();
  sealer.use(chain());
  assert.ok(await opener.open(/** @type {Uint8Array} */ (await sealer.seal(DELTA, 0, "opus")), 0), "the forged step was not believed");
});

test("the window takes each counter once, also out of order", () => {
  const window = new ReplayWindow();
  for (const [counter, isNew] of [[5, true], [3, true], [5, false], [3, false], [2000, true], [976, false], [977, true], [977, false], [1999, true], [5, false], [9_000_000, true], [2000, false]]) {
    assert.equal(window.take(Number(counter)), isNew, String(counter));
  }
});

test("no frame is split where it cannot be", () => {
  for (const text of ["", "00", "0000", "ff00", "00".repeat(18), "00".repeat(18) + "0012", "ff".repeat(40)]) assert.equal(split(bytes(text)), null, text);
});

test("a secret is told apart by room, and typed as people type", async () => {
  const one = await rootOf("correct horse", "room-a");
  assert.equal(hex(one.proof), PROOF);
  assert.deepEqual(await rootOf("  correct horse ", "room-a"), one);
  assert.notDeepEqual((await rootOf("correct horse", "room-b")).proof, one.proof);
  assert.notDeepEqual(one.proof, one.binding);
});

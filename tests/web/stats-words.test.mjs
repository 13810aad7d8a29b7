/** Figures as people read them. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { reasonWords } from "../../web/app/lib/reason-words.js";
import * as words from "../../web/app/lib/stats-words.js";
import { useStrings } from "../../web/app/lib/strings.js";
import { allWords } from "./all-words.mjs";

before(async () => {
  useStrings(await allWords());
});

const FIGURES = { width: 640, height: 360, frameRate: 24.6, bitrate: 612_400, loss: 0.0042, jitter: 0.0031, rtt: 0.0449, codec: "VP8" };

test("every figure has its unit", () => {
  assert.equal(words.pictureWords(FIGURES), "640 × 360, 25 fps");
  assert.equal(words.dataWords(FIGURES), "612 kbit/s VP8");
  assert.equal(words.dataWords({ ...FIGURES, bitrate: 1_849_000 }), "1.8 Mbit/s VP8");
  assert.equal(words.lossWords(FIGURES), "0.4 %");
  assert.equal(words.lossWords({ ...FIGURES, loss: 0.1234 }), "12 %");
  assert.equal(words.lossWords({ ...FIGURES, loss: 0 }), "0 %");
  assert.equal(words.delayWords(FIGURES), "45 ms ± 3 ms");
});

test("layers are counted from one", () => {
  assert.equal(words.layerWords(0, null), "1");
  assert.equal(words.layerWords(2, 1), "3, frame rate step 2");
});

test("what is not known is a dash, not a zero", () => {
  for (const tell of [words.pictureWords, words.dataWords, words.lossWords, words.delayWords]) assert.equal(tell(null), "–");
  assert.equal(words.layerWords(null, null), "–");
  assert.equal(words.lossWords({ ...FIGURES, loss: null }), "–");
});

test("the reason names who and what", () => {
  const state = { name: "Ada", codec: "H264", cap: 360, paused: false, layer: null };
  assert.equal(reasonWords({ ...state, reason: "publisher" }), "Ada's connection or camera limits this.");
  assert.equal(reasonWords({ ...state, reason: "cap" }), "You chose 360p.");
  assert.equal(reasonWords({ ...state, reason: "codec" }), "Your browser cannot show H264.");
  assert.equal(reasonWords({ ...state, reason: "codec", layer: 0 }), "Your browser cannot show this H264 any larger.");
  assert.match(reasonWords({ ...state, reason: "bandwidth", paused: true }), /too slow/);
  assert.equal(reasonWords({ ...state, reason: "" }), "");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { encodings, layerCount, layersOf, readMode } from "../../web/sdk/simulcast.js";

const HD = { width: 1280, height: 720 };
const active = (wish) => encodings(wish).map((encoding) => encoding.active);

test("layers by capture size, upright or lying", () => {
  assert.equal(layerCount(HD), 3);
  assert.equal(layerCount({ width: 960, height: 540 }), 3);
  assert.equal(layerCount({ width: 640, height: 360 }), 2);
  assert.equal(layerCount({ width: 360, height: 640 }), 2);
  assert.equal(layerCount({ width: 320, height: 180 }), 1);
});

test("the smallest layer comes first and the largest is whole", () => {
  const three = encodings({ size: HD, rids: 3 });
  assert.deepEqual(three.map(({ rid }) => rid), ["q", "h", "f"]);
  assert.deepEqual(three.map(({ scaleResolutionDownBy }) => scaleResolutionDownBy), [4, 2, 1]);
  const bitrates = three.map(({ maxBitrate }) => maxBitrate);
  assert.deepEqual(bitrates, [...bitrates].sort((a, b) => a - b));
});

test("one layer needs no RID", () => {
  assert.ok(!("rid" in encodings({ size: { width: 320, height: 180 }, rids: 1 })[0]));
});

test("a smaller picture on a connection made for three layers switches the upper ones off", () => {
  const fitted = encodings({ size: { width: 640, height: 360 }, rids: 3 });
  assert.deepEqual(fitted.map((encoding) => encoding.active), [true, true, false]);
  assert.deepEqual(fitted.map(({ scaleResolutionDownBy }) => scaleResolutionDownBy), [2, 1, 1]);
});

test("what nobody wants is switched off, and is offered all the same", () => {
  const wish = { size: HD, rids: 3, demand: [true, false, false] };
  assert.deepEqual(active(wish), [true, false, false]);
  assert.deepEqual(layersOf(wish).map(({ width, height }) => [width, height]), [[320, 180], [640, 360], [1280, 720]]);
  assert.deepEqual(active({ ...wish, demand: [false, false, false] }), [false, false, false]);
  assert.deepEqual(active({ ...wish, demand: null }), [true, true, true]);
});

test("demand never switches on what the picture is too small for", () => {
  const wish = { size: { width: 640, height: 360 }, rids: 3, demand: [true, true, true] };
  assert.deepEqual(active(wish), [true, true, false]);
});

test("the user's cap bounds the largest layer", () => {
  const small = { size: HD, rids: 3, limits: { cap: 360 } };
  assert.deepEqual(layersOf(small).map(({ height }) => height), [180, 360]);
  assert.deepEqual(encodings(small).map(({ scaleResolutionDownBy }) => scaleResolutionDownBy), [4, 2, 1]);
  assert.deepEqual(active(small), [true, true, false]);
  const full = { size: { width: 1920, height: 1080 }, rids: 3, limits: { cap: 720 } };
  assert.deepEqual(layersOf(full).map(({ height }) => height), [180, 360, 720]);
});

test("a busy machine sends layers less, but always one", () => {
  assert.deepEqual(active({ size: HD, rids: 3, limits: { less: 1 } }), [true, true, false]);
  assert.deepEqual(active({ size: HD, rids: 3, limits: { less: 9 } }), [true, false, false]);
});

test("the modes of several spatial layers are SVC, the others simulcast", () => {
  assert.deepEqual(readMode("L3T3_KEY"), { spatial: 3, temporal: 3, key: true });
  assert.deepEqual(readMode("L2T3"), { spatial: 2, temporal: 3, key: false });
  assert.equal(readMode("L1T3"), null);
  assert.equal(readMode("S3T3"), null);
});

test("SVC: one encoding; without its top layer it is half as large and layer 0 stays layer 0", () => {
  const wish = { size: HD, rids: 1, svc: readMode("L3T3_KEY") };
  const [whole] = encodings(wish);
  assert.equal(whole.scalabilityMode, "L3T3_KEY");
  assert.equal(whole.scaleResolutionDownBy, 1);
  const [two] = encodings({ ...wish, demand: [true, true, false] });
  assert.equal(two.scalabilityMode, "L2T3_KEY");
  assert.equal(two.scaleResolutionDownBy, 2);
  const [one] = encodings({ ...wish, demand: [true, false, false] });
  assert.equal(one.scalabilityMode, "L1T3");
  assert.equal(one.scaleResolutionDownBy, 4);
  assert.equal(encodings({ ...wish, demand: [false, false, false] })[0].active, false);
});

test("an SVC layer costs what it stands on, too", () => {
  const [low, middle, high] = layersOf({ size: HD, rids: 1, svc: readMode("L3T3") });
  assert.deepEqual([low.bitrate, middle.bitrate, high.bitrate], [150_000, 750_000, 2_550_000]);
});

test("in K-SVC it stands on the others at key pictures only", () => {
  const layers = layersOf({ size: HD, rids: 1, svc: readMode("L3T3_KEY") });
  assert.deepEqual(layers.map(({ bitrate }) => bitrate), [150_000, 600_000, 1_800_000]);
});

test("SVC of a small camera has as many layers as it deserves", () => {
  const [encoding] = encodings({ size: { width: 640, height: 360 }, rids: 1, svc: readMode("L3T3_KEY") });
  assert.equal(encoding.scalabilityMode, "L2T3_KEY");
});

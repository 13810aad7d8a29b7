import assert from "node:assert/strict";
import { test } from "node:test";
import { encodings, layerCount } from "../../web/sdk/simulcast.js";

test("layers by capture size, upright or lying", () => {
  assert.equal(layerCount({ width: 1280, height: 720 }), 3);
  assert.equal(layerCount({ width: 960, height: 540 }), 3);
  assert.equal(layerCount({ width: 640, height: 360 }), 2);
  assert.equal(layerCount({ width: 360, height: 640 }), 2);
  assert.equal(layerCount({ width: 320, height: 180 }), 1);
});

test("the smallest layer comes first and the largest is whole", () => {
  const three = encodings({ width: 1280, height: 720 });
  assert.deepEqual(three.map(({ rid }) => rid), ["q", "h", "f"]);
  assert.deepEqual(three.map(({ scaleResolutionDownBy }) => scaleResolutionDownBy), [4, 2, 1]);
  const bitrates = three.map(({ maxBitrate }) => maxBitrate);
  assert.deepEqual(bitrates, [...bitrates].sort((a, b) => a - b));
});

test("one layer needs no RID", () => {
  assert.deepEqual(Object.keys(encodings({ width: 320, height: 180 })[0]).includes("rid"), false);
});

test("a smaller picture on a connection made for three layers switches the upper ones off", () => {
  const fitted = encodings({ width: 640, height: 360 }, 3);
  assert.deepEqual(fitted.map(({ active }) => active), [true, true, false]);
  assert.deepEqual(fitted.map(({ scaleResolutionDownBy }) => scaleResolutionDownBy), [2, 1, 1]);
});

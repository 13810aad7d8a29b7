import assert from "node:assert/strict";
import { test } from "node:test";
import { TileCaps } from "../../web/app/lib/quality.js";
import { wishes } from "../../web/app/lib/view.js";

const BOX = { width: 320.4, height: 180.2 };
const tile = (participant, changes = {}) => ({ participant, source: "camera", box: BOX, pinned: false, cap: 0, ...changes });

test("device pixels, at most twice as many as CSS pixels", () => {
  assert.deepEqual(wishes([tile("a")], [], 1.5).map(({ width, height }) => [width, height]), [[481, 270]]);
  assert.deepEqual(wishes([tile("a")], [], 3).map(({ width, height }) => [width, height]), [[641, 360]]);
});

test("pinned before screen before speaker before the others", () => {
  const shown = [tile("a"), tile("b"), tile("c", { source: "screen" }), tile("b", { pinned: true, source: "screen" })];
  assert.deepEqual(wishes(shown, [{ id: "b" }], 1).map(({ priority }) => priority), [0, 1, 2, 3]);
});

test("a tile's own cap comes before the one for all, and Auto gives it back", () => {
  const caps = new TileCaps(360);
  caps.choose("a", 1080);
  assert.deepEqual([caps.of("a"), caps.of("b"), caps.chosen("b")], [1080, 360, 0]);
  caps.choose("a", 0);
  caps.setGeneral(180);
  assert.deepEqual([caps.of("a"), caps.of("b")], [180, 180]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { TileCaps } from "../../web/app/lib/quality.js";
import { wishes } from "../../web/app/lib/view.js";
import { View } from "../../web/sdk/view.js";

const BOX = { width: 320.4, height: 180.2 };
const tile = (participant, changes = {}) => ({ participant, source: "camera", box: BOX, pinned: false, cap: 0, ...changes });

test("device pixels, at most twice as many as CSS pixels", () => {
  assert.deepEqual(wishes([tile("a")], [], 1.5).map(({ width, height }) => [width, height]), [[481, 270]]);
  assert.deepEqual(wishes([tile("a")], [], 3).map(({ width, height }) => [width, height]), [[641, 360]]);
});

test("a picture that is zoomed is asked for as large as it is shown", () => {
  assert.deepEqual(wishes([tile("a", { zoom: 2 })], [], 1).map(({ width }) => width), [641]);
  assert.deepEqual(wishes([tile("a", { zoom: 8, box: { width: 2560, height: 10 } })], [], 2).map(({ width }) => width), [16_384]);
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

/** A View whose messages and clock are the test's. */
function watched(context) {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const sent = [];
  let now = 0;
  const view = new View((tiles) => Boolean(sent.push(tiles.map(({ participant }) => participant).join(""))), () => now);
  const pass = (milliseconds) => {
    now += milliseconds;
    context.mock.timers.tick(milliseconds);
  };
  const show = (names, width = 320) => view.set([...names].map((participant) => ({ participant, source: "camera", width })));
  return { show, sent, pass };
}

test("a tile that appears is asked for at once, another size after a quarter of a second", (context) => {
  const { show, sent, pass } = watched(context);
  show("a");
  show("a", 640);
  assert.deepEqual(sent, ["a"]);
  show("ab", 640);
  assert.deepEqual(sent, ["a", "ab"]);
  pass(250);
  show("ab", 160);
  assert.equal(sent.length, 3);
});

test("however many appear, four messages go in a second at most, and the newest of all", (context) => {
  const { show, sent, pass } = watched(context);
  const times = [];
  for (let step = 1; step <= 30; step += 1) {
    const before = sent.length;
    show("abcdefghijklmnopqrstuvwxyzABCDEFGH".slice(0, step));
    pass(100);
    if (sent.length > before) times.push(step * 100);
  }
  pass(1000);
  assert.equal(sent.at(-1).length, 30);
  times.forEach((time, at) => assert.ok(at < 4 || time - times[at - 4] >= 900, `${times}`));
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { layOut } from "../../web/app/lib/layout.js";

const STAGE = { width: 1264, height: 600 };
const PHONE = { width: 344, height: 500 };

/** Oneself and `others` people. */
function people(others) {
  const cameras = Array.from({ length: others }, (_, index) => ({ key: `p${index}`, kind: "camera" }));
  return [{ key: "me", kind: "self" }, ...cameras];
}

test("oneself is in the grid up to four people, then in the corner", () => {
  assert.equal(layOut(people(3), STAGE, 0).corner, null);
  assert.equal(layOut(people(3), STAGE, 0).placed.length, 4);
  assert.equal(layOut(people(4), STAGE, 0).corner, "me");
  assert.deepEqual(layOut(people(4), STAGE, 0).placed.map(({ key }) => key), ["p0", "p1", "p2", "p3"]);
});

test("sixteen people share one page of a laptop, and four pages of a phone", () => {
  assert.equal(layOut(people(15), STAGE, 0).pages, 1);
  const last = layOut(people(15), PHONE, 3);
  assert.equal(last.pages, 4);
  assert.deepEqual(last.placed.map(({ key }) => key), ["p12", "p13", "p14"]);
});

test("a page that is gone shows the last one", () => {
  assert.equal(layOut(people(5), PHONE, 9).page, 1);
  assert.equal(layOut(people(5), PHONE, -1).page, 0);
});

test("a screen is the main tile and everybody stands in the filmstrip", () => {
  const items = [...people(2), { key: "p1-screen", kind: "screen" }];
  const { mode, placed, corner } = layOut(items, STAGE, 0);
  assert.equal(mode, "speaker");
  assert.equal(corner, null);
  assert.deepEqual(placed.map(({ key, main }) => [key, main]), [
    ["p1-screen", true],
    ["me", false],
    ["p0", false],
    ["p1", false],
  ]);
});

test("a filmstrip that is full goes on on the next page", () => {
  const items = [...people(20), { key: "screen", kind: "screen" }];
  const first = layOut(items, STAGE, 0);
  const second = layOut(items, STAGE, 1);
  assert.ok(first.pages > 1);
  assert.equal(second.placed[0].key, "screen");
  assert.notEqual(second.placed[1].key, first.placed[1].key);
});

test("a pinned tile is the main one, before a screen; one who is gone pins nothing", () => {
  const items = [...people(3), { key: "p1-screen", kind: "screen" }];
  const { mode, placed } = layOut(items, STAGE, 0, "p2");
  assert.equal(mode, "speaker");
  assert.deepEqual(placed.map(({ key, main }) => [key, main]).slice(0, 2), [["p2", true], ["me", false]]);
  assert.ok(placed.some(({ key, main }) => key === "p1-screen" && !main));
  assert.equal(layOut(people(3), STAGE, 0, "gone").mode, "grid");
});

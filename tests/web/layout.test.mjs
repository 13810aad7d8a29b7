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

test("people are counted, not tiles: three with two screens keep oneself in the grid, screens first", () => {
  const items = [...people(3), { key: "p1-screen", kind: "screen" }, { key: "p2-screen", kind: "screen" }];
  const { corner, placed } = layOut(items, STAGE, 0);
  assert.equal(corner, null);
  assert.deepEqual(placed.map(({ key }) => key), ["p1-screen", "p2-screen", "me", "p0", "p1", "p2"]);
});

test("a screen is the main tile and everybody stands in the filmstrip", () => {
  const items = [...people(2), { key: "p1-screen", kind: "screen" }];
  const { mode, placed, corner } = layOut(items, STAGE, 0, "p1-screen");
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
  const first = layOut(items, STAGE, 0, "screen");
  const second = layOut(items, STAGE, 1, "screen");
  assert.equal(first.pages, 5); // five tiles, one of them oneself
  assert.equal(second.placed[0].key, "screen");
  assert.deepEqual([first, second].map(({ placed }) => placed[1].key), ["me", "me"]);
  assert.deepEqual([first, second].map(({ placed }) => placed[2].key), ["p0", "p4"]);
});

test("where the filmstrip is short, oneself is in the corner", () => {
  const three = layOut(people(2), PHONE, 0, "p0");
  assert.deepEqual(three.placed.map(({ key }) => key), ["p0", "p1"]);
  assert.equal(three.corner, "me");
  const two = layOut(people(1), PHONE, 0, "p0");
  assert.deepEqual([two.corner, two.placed.length], [null, 2]);
});

test("the only tile is the whole stage; alone there is nothing to be large", () => {
  assert.deepEqual(layOut(people(1).slice(1), STAGE, 0, "p0").mode, "grid");
  const { placed } = layOut([{ key: "p0", kind: "camera" }, { key: "me", kind: "self" }], PHONE, 0, "p0");
  assert.equal(placed[0].main, true);
  assert.equal(layOut(people(0), STAGE, 0, "me").placed[0].main, false);
});

test("whatever is large leaves the filmstrip; who is gone leaves the grid", () => {
  const items = [...people(3), { key: "p1-screen", kind: "screen" }];
  const { mode, placed } = layOut(items, STAGE, 0, "p2");
  assert.equal(mode, "speaker");
  assert.deepEqual(placed.map(({ key, main }) => [key, main]).slice(0, 2), [["p2", true], ["me", false]]);
  assert.ok(placed.some(({ key, main }) => key === "p1-screen" && !main));
  assert.equal(layOut(people(3), STAGE, 0, "gone").mode, "grid");
});

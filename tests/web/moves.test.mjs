/** Arrow keys among tiles, swipes, and a screen seen closer. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { gridBoxes, speakerBoxes } from "../../web/app/lib/grid.js";
import { arrowFrom } from "../../web/app/lib/nearest.js";
import { swipeStep } from "../../web/app/lib/swipe.js";
import { WHOLE, panBy, zoomAt } from "../../web/app/lib/zoom.js";

test("arrows move in the direction that they show", () => {
  const boxes = gridBoxes(8, 1264, 600); // two rows of four
  assert.equal(arrowFrom(boxes, 1, "ArrowRight"), 2);
  assert.equal(arrowFrom(boxes, 1, "ArrowLeft"), 0);
  assert.equal(arrowFrom(boxes, 1, "ArrowDown"), 5);
  assert.equal(arrowFrom(boxes, 5, "ArrowUp"), 1);
  assert.equal(arrowFrom(boxes, 1, "ArrowUp"), 1);
  assert.equal(arrowFrom(boxes, 1, "a"), 1);
});

test("at the end of a row the arrows lead on in reading order, round the whole", () => {
  const boxes = gridBoxes(5, 1264, 600); // three, then two
  assert.equal(arrowFrom(boxes, 2, "ArrowRight"), 3);
  assert.equal(arrowFrom(boxes, 3, "ArrowLeft"), 2);
  assert.equal(arrowFrom(boxes, 4, "ArrowRight"), 0);
  assert.equal(arrowFrom(boxes, 0, "ArrowLeft"), 4);
});

test("from right to left the ends are the other way round", () => {
  const boxes = gridBoxes(4, 1264, 600).map((box) => ({ ...box, x: 1264 - box.x - box.width }));
  assert.equal(arrowFrom(boxes, 0, "ArrowLeft", true), 1);
  assert.equal(arrowFrom(boxes, 1, "ArrowLeft", true), 2);
  assert.equal(arrowFrom(boxes, 0, "ArrowRight", true), 3);
});

test("every tile of speaker view is reached by arrows", () => {
  const { main, strip } = speakerBoxes(1264, 600);
  const boxes = [main, ...strip(5)];
  const into = arrowFrom(boxes, 0, "ArrowRight");
  assert.ok(into > 0);
  assert.equal(arrowFrom(boxes, into, "ArrowLeft"), 0);
  assert.equal(arrowFrom(boxes, 1, "ArrowDown"), 2);
});

test("a swipe is long and level; from right to left it turns the other way", () => {
  assert.equal(swipeStep(-90, 10, false), 1);
  assert.equal(swipeStep(90, 10, false), -1);
  assert.equal(swipeStep(-90, 10, true), -1);
  assert.equal(swipeStep(-50, 0, false), 0);
  assert.equal(swipeStep(-90, 80, false), 0);
});

const SIZE = { width: 800, height: 600 };

test("what is under the fingers stays there while it grows", () => {
  const { scale, x, y } = zoomAt(WHOLE, 2, { x: 100, y: -50 }, SIZE);
  assert.deepEqual([scale, x, y], [2, -100, 50]);
});

test("a picture is never smaller than its tile, never eight times larger, and its edges stay outside", () => {
  assert.deepEqual(zoomAt({ scale: 2, x: 400, y: 0 }, 0.1, { x: 0, y: 0 }, SIZE), WHOLE);
  assert.equal(zoomAt(WHOLE, 100, { x: 0, y: 0 }, SIZE).scale, 8);
  assert.deepEqual(panBy({ scale: 2, x: 0, y: 0 }, 5000, -5000, SIZE), { scale: 2, x: 400, y: -300 });
  assert.deepEqual(panBy(WHOLE, 30, 30, SIZE), WHOLE);
});

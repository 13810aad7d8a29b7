import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { avatarColour, initials } from "../../web/app/lib/avatar.js";
import { duration } from "../../web/app/lib/clock.js";
import { levelOf } from "../../web/app/lib/meter.js";
import { Emitter } from "../../web/sdk/emitter.js";
import { throttleLatest } from "../../web/sdk/throttle.js";

test("initials are whole letters of the first and last word", () => {
  assert.equal(initials("Ada Lovelace"), "AL");
  assert.equal(initials("  Ada  King Lovelace "), "AL");
  assert.equal(initials("ada"), "A");
  assert.equal(initials("👩‍🚀 Ride"), "👩‍🚀R");
  assert.equal(initials("(Ann) «Bo»"), "AB");
  assert.equal(initials("e\u0301mile"), "E\u0301");
  assert.equal(initials(""), "");
});

test("a person has one colour", () => {
  assert.equal(avatarColour("abc"), avatarColour("abc"));
  const colours = new Set(Array.from({ length: 100 }, (_, index) => avatarColour(`id-${index}`)));
  assert.equal(colours.size, 8);
});

test("durations", () => {
  assert.equal(duration(0), "0:00");
  assert.equal(duration(247_000), "4:07");
  assert.equal(duration(3_753_000), "1:02:33");
});

test("levels go from silence to loud", () => {
  assert.equal(levelOf(new Float32Array(64)), 0);
  assert.ok(Math.abs(levelOf(new Float32Array(64).fill(1)) - 1) < 0.01);
  assert.ok(levelOf(new Float32Array(64).fill(0.01)) < levelOf(new Float32Array(64).fill(0.1)));
});

test("at most one per interval, the newest wins, the first goes at once", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const sent = [];
  const { push, cancel } = throttleLatest((value) => sent.push(value), 250);
  [1, 2, 3].forEach(push);
  assert.deepEqual(sent, [1]);
  context.mock.timers.tick(250);
  assert.deepEqual(sent, [1, 3]);
  context.mock.timers.tick(250);
  push(4);
  assert.deepEqual(sent, [1, 3, 4]);
  push(5);
  cancel();
  context.mock.timers.tick(1000);
  assert.deepEqual(sent, [1, 3, 4]);
});

test("one listener's error does not keep the event from the others", () => {
  const emitter = new Emitter();
  const later = mock.method(globalThis, "queueMicrotask", () => {});
  let heard = 0;
  emitter.on("event", () => {
    throw new Error("mine");
  });
  const off = emitter.on("event", () => (heard += 1));
  emitter.emit("event");
  off();
  emitter.emit("event");
  assert.equal(heard, 1);
  assert.equal(later.mock.callCount(), 2);
  later.mock.restore();
});

/** Devices that come and go, and what the microphone's loudness tells. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { deviceChanges } from "../../web/app/lib/device-changes.js";
import { MicHints } from "../../web/app/lib/mic-hints.js";

const device = (kind, deviceId, label = deviceId, groupId = deviceId) => ({ kind, deviceId, label, groupId });

test("a headset that is plugged in is one thing with two parts", () => {
  const before = [device("audioinput", "inside")];
  const headset = [device("audioinput", "h1", "Headset", "h"), device("audiooutput", "h2", "Headset", "h")];
  const { gone, come } = deviceChanges(before, [...before, ...headset, device("audioinput", "default")]);
  assert.deepEqual(gone, []);
  assert.deepEqual(come, [{ device: "Headset", parts: headset }]);
  assert.deepEqual(deviceChanges([...before, ...headset], before).gone, headset);
});

test("devices without a name are not spoken of: there was no permission", () => {
  assert.deepEqual(deviceChanges([], [device("videoinput", "cam", "")]), { gone: [], come: [] });
});

/** Feed loudness each 50 ms for some time; the hints that came. */
function hear(hints, { from, ms, ...heard }) {
  const told = [];
  for (let at = from; at < from + ms; at += 50) told.push(hints.take({ at, device: "a", peak: 0, level: 0, ...heard }));
  return told.filter(Boolean);
}

test("a microphone from which nothing comes is told once, after eight seconds", () => {
  const hints = new MicHints();
  assert.deepEqual(hear(hints, { from: 0, ms: 8_000 }), []);
  assert.deepEqual(hear(hints, { from: 8_000, ms: 8_000 }), ["silent"]);
  assert.deepEqual(hear(hints, { from: 16_000, ms: 30_000 }), []);
  assert.deepEqual(hear(hints, { from: 46_000, ms: 9_000, device: "b" }), ["silent"]);
});

test("a microphone that was said to be silent is listened to until something comes, which is told once", () => {
  const hints = new MicHints();
  hear(hints, { from: 0, ms: 9_000 });
  assert.equal(hints.isDone, false);
  assert.deepEqual(hear(hints, { from: 9_000, ms: 1_000, peak: 0.01 }), ["heard"]);
  assert.ok(hints.isDone);
});

test("a quiet room is not nothing, and who was heard may be silent", () => {
  const hints = new MicHints();
  hear(hints, { from: 0, ms: 100, peak: 0.001 });
  assert.ok(hints.isDone);
  assert.deepEqual(hear(hints, { from: 100, ms: 20_000 }), []);
});

test("nobody is told of silence while muted", () => {
  const hints = new MicHints();
  hints.turn(true);
  assert.deepEqual(hear(hints, { from: 0, ms: 20_000 }), []);
});

test("talking while muted is told once, until the microphone has been on", () => {
  const hints = new MicHints();
  const speech = { peak: 0.3, level: 0.6 };
  hints.turn(true);
  assert.deepEqual(hear(hints, { from: 0, ms: 450, ...speech }), []);
  assert.deepEqual(hear(hints, { from: 450, ms: 5_000, ...speech }), ["mutedTalk"]);
  assert.ok(hints.isDone);
  hints.turn(false);
  hints.turn(true);
  assert.deepEqual(hear(hints, { from: 7_000, ms: 2_000, ...speech }), ["mutedTalk"]);
});

test("a knock on the table is no talking", () => {
  const hints = new MicHints();
  hints.turn(true);
  const told = [0, 2_000, 4_000].flatMap((from) => [
    ...hear(hints, { from, ms: 200, peak: 1, level: 0.9 }),
    ...hear(hints, { from: from + 200, ms: 1_800, peak: 0.001 }),
  ]);
  assert.deepEqual(told, []);
});

/** A picture never stands under another person's name. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { SlotTable, isAtOrAfter, watchPicture } from "../../web/sdk/slots.js";

before(() => {
  globalThis.MediaStream ??= class {
    constructor(tracks) {
      this.tracks = tracks;
    }
  };
});

/** A video whose frames the test shows. */
class Video {
  #callback = null;
  requestVideoFrameCallback(callback) {
    this.#callback = callback;
    return 1;
  }
  cancelVideoFrameCallback() {
    this.#callback = null;
  }
  show(rtpTimestamp) {
    const callback = this.#callback;
    this.#callback = null;
    callback?.(0, { rtpTimestamp });
  }
}

function pair(name) {
  return { audio: { receiver: { track: `${name}-a` } }, video: { receiver: { track: `${name}-v` } } };
}

test("timestamps are compared across their wrap", () => {
  assert.ok(isAtOrAfter(1000, 1000));
  assert.ok(isAtOrAfter(1001, 1000));
  assert.ok(!isAtOrAfter(999, 1000));
  assert.ok(isAtOrAfter(5, 2 ** 32 - 5));
  assert.ok(!isAtOrAfter(2 ** 32 - 5, 5));
  assert.ok(isAtOrAfter(2 ** 31 + 1, 2 ** 31));
});

test("older frames are not shown; the first of the new person is, once", () => {
  const video = new Video();
  let shown = 0;
  watchPicture(video, 90_000, () => (shown += 1), () => 0);
  video.show(84_000);
  video.show(89_999);
  assert.equal(shown, 0);
  video.show(90_000);
  video.show(93_000);
  assert.equal(shown, 1);
});

test("without a timestamp to wait for, the next frame is theirs", () => {
  const video = new Video();
  let shown = false;
  watchPicture(video, null, () => (shown = true), () => 0);
  video.show(7);
  assert.ok(shown);
});

test("a browser that tells no timestamps waits for half a second", () => {
  const video = new Video();
  let [now, shown] = [0, false];
  watchPicture(video, 90_000, () => (shown = true), () => now);
  video.show(undefined);
  now = 499;
  video.show(undefined);
  assert.ok(!shown);
  now = 500;
  video.show(undefined);
  assert.ok(shown);
});

test("a watch that was stopped stays silent", () => {
  const video = new Video();
  let shown = false;
  const stop = watchPicture(video, null, () => (shown = true), () => 0);
  stop();
  video.show(1);
  assert.ok(!shown);
});

test("a Slot that changes hands starts a new turn; a new layer or reason does not", () => {
  const table = new SlotTable();
  table.bind([pair("0"), pair("1")]);
  table.update([{ slot: 0, participant: "a", source: "camera", from_rtp_timestamp: 5, reason: "viewport" }]);
  const [first, second] = table.all;
  assert.equal(first.turn, 1);
  table.update([{ slot: 0, participant: "a", source: "camera", reason: "bandwidth", layer: 0 }]);
  assert.equal(first.turn, 1);
  assert.equal(first.reason, "bandwidth");
  table.update([{ slot: 0, participant: "a", source: "screen" }, { slot: 1, participant: "a" }]);
  assert.equal(first.turn, 2);
  assert.equal(table.find("a", "screen"), first);
  assert.equal(table.find("a", "camera"), second);
});

test("Slots that the server does not name are empty, numbers it made up do no harm", () => {
  const table = new SlotTable();
  table.bind([pair("0")]);
  table.update([{ slot: 0, participant: "a" }, { slot: 99, participant: "b" }]);
  table.update([]);
  assert.equal(table.all[0].participant, null);
  assert.equal(table.find("b", "camera"), undefined);
});

test("more pairs keep the Slots that are there", () => {
  const table = new SlotTable();
  table.bind([pair("0")]);
  const [first] = table.all;
  table.bind([pair("0"), pair("1")]);
  assert.equal(table.all[0], first);
  assert.equal(table.all.length, 2);
});

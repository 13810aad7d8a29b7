/** Figures out of `getStats`: rates between two readings, and what is concluded from them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  isCpuLimited, isDecodingLate, networkLevel, ownLevel, readReport, receivedFigures, sentFigures,
} from "../../web/sdk/stats.js";

function reading(at, entries) {
  return readReport(new Map(entries.map((entry) => [entry.id, entry])), at);
}

const CODEC = { id: "c", type: "codec", mimeType: "video/VP8" };
const PATH = { id: "p", type: "candidate-pair", nominated: true, state: "succeeded", currentRoundTripTime: 0.04 };

function inbound(changes = {}) {
  return {
    id: "i", type: "inbound-rtp", kind: "video", mid: "5", codecId: "c", frameWidth: 640, frameHeight: 360, jitter: 0.01,
    bytesReceived: 0, packetsReceived: 0, packetsLost: 0, framesDecoded: 0, framesDropped: 0, totalDecodeTime: 0, ...changes,
  };
}

function outbound(rid, changes = {}) {
  return {
    id: `o${rid}`, type: "outbound-rtp", kind: "video", mid: "1", rid, codecId: "c", active: true, bytesSent: 0, framesEncoded: 0,
    qualityLimitationReason: "none", ...changes,
  };
}

test("a received picture: size, frame rate, bits, loss, delay, codec", () => {
  const before = reading(1000, [CODEC, PATH, inbound()]);
  const now = reading(3000, [
    CODEC, PATH, inbound({ bytesReceived: 125_000, packetsReceived: 95, packetsLost: 5, framesDecoded: 50, totalDecodeTime: 0.2 }),
  ]);
  const figures = receivedFigures(before, now, "5");
  assert.deepEqual(
    [figures.width, figures.height, figures.frameRate, figures.bitrate, figures.loss, figures.rtt, figures.codec],
    [640, 360, 25, 500_000, 0.05, 0.04, "VP8"],
  );
  assert.equal(figures.decodeShare, 0.1);
});

test("the first reading and a counter that began anew give no rates, not wrong ones", () => {
  const first = receivedFigures(null, reading(1000, [inbound({ bytesReceived: 9 })]), "5");
  assert.equal(first.bitrate, null);
  const after = receivedFigures(reading(1000, [inbound({ bytesReceived: 900 })]), reading(2000, [inbound({ bytesReceived: 10 })]), "5");
  assert.equal(after.bitrate, null);
  assert.equal(receivedFigures(null, reading(0, []), "5"), null);
});

test("packets that came late after all are no negative loss", () => {
  const figures = receivedFigures(
    reading(0, [inbound({ packetsLost: 5 })]), reading(1000, [inbound({ packetsLost: 3, packetsReceived: 50 })]), "5",
  );
  assert.equal(figures.loss, 0);
});

test("a sent picture: the largest layer that goes, the bits of all", () => {
  const before = reading(0, [CODEC, outbound("q"), outbound("h"), outbound("f")]);
  const now = reading(1000, [
    CODEC,
    outbound("q", { bytesSent: 12_500, frameWidth: 320, frameHeight: 180 }),
    outbound("h", { bytesSent: 50_000, frameWidth: 640, frameHeight: 360, framesPerSecond: 24 }),
    outbound("f", { active: false, frameWidth: 1280, frameHeight: 720 }),
    { id: "r", type: "remote-inbound-rtp", localId: "oh", fractionLost: 0.02, jitter: 0.005, roundTripTime: 0.07 },
  ]);
  const figures = sentFigures(before, now, "1");
  assert.deepEqual([figures.height, figures.frameRate, figures.bitrate, figures.loss, figures.rtt], [360, 24, 500_000, 0.02, 0.07]);
  assert.equal(sentFigures(before, now, "9"), null);
});

test("an encoder says that the machine is too slow", () => {
  assert.ok(isCpuLimited(reading(0, [outbound("q"), outbound("f", { qualityLimitationReason: "cpu" })])));
  assert.ok(!isCpuLimited(reading(0, [outbound("f", { qualityLimitationReason: "bandwidth" })])));
  assert.ok(!isCpuLimited(reading(0, [outbound("f", { active: false, qualityLimitationReason: "cpu" })])));
});

test("pictures that come faster than they are decoded", () => {
  const late = (changes) => isDecodingLate(reading(0, [inbound()]), reading(2000, [inbound(changes)]));
  assert.ok(late({ framesDecoded: 40, framesDropped: 10 }));
  assert.ok(late({ framesDecoded: 40, totalDecodeTime: 1.9 }));
  assert.ok(!late({ framesDecoded: 50, framesDropped: 1, totalDecodeTime: 0.3 }));
  assert.ok(!late({ framesDecoded: 3, framesDropped: 3 }), "too few frames to say");
});

test("four steps of a network; the worst figure decides", () => {
  assert.equal(networkLevel({ loss: 0, rtt: 0.03, jitter: 0.002 }), "excellent");
  assert.equal(networkLevel({ loss: 0.02, rtt: 0.03, jitter: 0.002 }), "good");
  assert.equal(networkLevel({ loss: 0, rtt: 0.5, jitter: 0.002 }), "fair");
  assert.equal(networkLevel({ loss: 0.2, rtt: 0.03, jitter: 0.002 }), "poor");
  assert.equal(networkLevel({ loss: null, rtt: null, jitter: null }), "excellent");
});

test("one's own network is the worse of both ways", () => {
  const before = reading(0, [PATH, inbound(), outbound("f")]);
  const fine = [PATH, inbound({ packetsReceived: 100 }), outbound("f", { bytesSent: 1000 })];
  assert.equal(ownLevel(before, reading(1000, fine)), "excellent");
  const report = { id: "r", type: "remote-inbound-rtp", localId: "of", fractionLost: 0.05 };
  assert.equal(ownLevel(before, reading(1000, [...fine, report])), "fair");
});

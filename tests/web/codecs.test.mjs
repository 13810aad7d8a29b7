import assert from "node:assert/strict";
import { test } from "node:test";
import { trimCodecs } from "../../web/sdk/codecs.js";

const CHROMIUM = [
  { mimeType: "video/VP8", clockRate: 90000 },
  { mimeType: "video/rtx", clockRate: 90000 },
  { mimeType: "video/H264", clockRate: 90000, sdpFmtpLine: "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f" },
  { mimeType: "video/H264", clockRate: 90000, sdpFmtpLine: "level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f" },
  { mimeType: "video/H264", clockRate: 90000, sdpFmtpLine: "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f" },
  { mimeType: "video/H264", clockRate: 90000, sdpFmtpLine: "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=64001f" },
  { mimeType: "video/AV1", clockRate: 90000, sdpFmtpLine: "level-idx=5;profile=0;tier=0" },
  { mimeType: "video/AV1", clockRate: 90000, sdpFmtpLine: "level-idx=5;profile=1;tier=0" },
  { mimeType: "video/VP9", clockRate: 90000, sdpFmtpLine: "profile-id=2" },
  { mimeType: "video/VP9", clockRate: 90000, sdpFmtpLine: "profile-id=0" },
  { mimeType: "video/red", clockRate: 90000 },
  { mimeType: "video/ulpfec", clockRate: 90000 },
  { mimeType: "video/flexfec-03", clockRate: 90000, sdpFmtpLine: "repair-window=10000000" },
];

test("one profile of each, the one that everybody has, retransmission and FEC", () => {
  assert.deepEqual(
    trimCodecs(CHROMIUM, "video").map(({ mimeType, sdpFmtpLine = "" }) => [mimeType, sdpFmtpLine]),
    [
      ["video/VP8", ""],
      ["video/VP9", "profile-id=0"],
      ["video/H264", "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"],
      ["video/AV1", "level-idx=5;profile=0;tier=0"],
      ["video/rtx", ""],
      ["video/red", ""],
      ["video/ulpfec", ""],
      ["video/flexfec-03", "repair-window=10000000"],
    ],
  );
});

test("a browser without H264 offers what it has", () => {
  const firefox = [{ mimeType: "video/VP8" }, { mimeType: "video/VP9", sdpFmtpLine: "max-fs=12288;max-fr=60" }, { mimeType: "video/rtx" }];
  assert.deepEqual(trimCodecs(firefox, "video").map(({ mimeType }) => mimeType), ["video/VP8", "video/VP9", "video/rtx"]);
});

test("sound: Opus first, so that it is sent plain, and what repeats it; no comfort noise", () => {
  const audio = ["opus", "red", "G722", "PCMU", "PCMA", "CN", "telephone-event"].map((name) => ({ mimeType: `audio/${name}` }));
  assert.deepEqual(trimCodecs(audio, "audio").map(({ mimeType }) => mimeType), ["audio/opus", "audio/G722", "audio/PCMU", "audio/PCMA", "audio/red"]);
});

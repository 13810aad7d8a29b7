/**
 * The worker that encrypted frames go through: `RTCRtpScriptTransform` hands each sender's and receiver's frames over.
 *
 * From the page: `{to: "hold", on}`: send nothing, `{to: "use", chain}`, `{to: "learn", participant, chain}`, `{to: "forget", participant}`, `{to: "reset"}`: all keys
 * are gone, counters stay, and `{to: "own", receivers}`: whose frames each receiver gets, `[key, participant, source]`; for browsers whose frames do not name their codec
 * `{to: "codecs", codecs}`, by payload type. To the page: `{failing}`, what
 * cannot be decrypted now.
 */

import { Opener, Sealer } from "./e2ee/frames.js";

/**
 * @typedef {"vp8" | "vp9" | "opus"} Codec
 * @typedef {RTCEncodedVideoFrame | RTCEncodedAudioFrame} Frame
 * @typedef {{enqueue: (frame: Frame) => void}} Out
 *
 * @typedef {object} Receiver
 * @property {string} participant
 * @property {number} source
 * @property {number} failed  frames since the last that was decrypted
 * @property {number} since  when the first of them came
 * @property {number} last  when the last of them came
 * @property {number} dropped  in all
 * @property {any} transformer
 * @property {boolean} isVideo
 */

const FAILING = { frames: 5, ms: 1_000, restsMs: 2_000 }; // fewer are stragglers of a change of keys or Slots
const REPORT_MS = 500;
const CODECS = new Set(["vp8", "vp9", "opus"]);
const worker = /** @type {any} */ (globalThis);

const sealer = new Sealer();
/** @type {Map<string, Opener>} */
const openers = new Map();
/** @type {Map<string, Receiver>} */
const receivers = new Map();
/** @type {Map<string, [string, number]>} */
let owners = new Map();
/** @type {{[payloadType: number]: Codec}} */
let codecs = {};
let told = "";
let held = true;

worker.onrtctransform = (/** @type {{transformer: any}} */ { transformer }) => {
  const { seal, open, kind } = transformer.options;
  const transform = open === undefined ? sealing(seal, transformer) : opening(open, kind, transformer);
  transformer.readable.pipeThrough(new TransformStream({ transform })).pipeTo(transformer.writable).catch(() => {});
};

/** What cannot be encrypted is not sent. @param {number} source @param {any} transformer */
function sealing(source, transformer) {
  let missed = false;
  return async (/** @type {Frame} */ frame, /** @type {Out} */ out) => {
    const codec = codecOf(frame);
    const sealed = codec && !held && (await sealer.seal(new Uint8Array(frame.data), source, codec));
    if (!sealed) return void (missed = true);
    if (missed && "type" in frame && frame.type !== "key") transformer.generateKeyFrame?.().catch(() => {});
    missed = false;
    frame.data = sealed.buffer;
    out.enqueue(frame);
  };
}

/** @param {string} key @param {string} kind @param {any} transformer */
function opening(key, kind, transformer) {
  const [participant, source] = owners.get(key) ?? ["", -1];
  const receiver = { participant, source, failed: 0, since: 0, last: 0, dropped: 0, transformer, isVideo: kind === "video" };
  receivers.set(key, receiver);
  return async (/** @type {Frame} */ frame, /** @type {Out} */ out) => {
    const opener = openers.get(receiver.participant);
    const opened = frame.data.byteLength && (await opener?.open(new Uint8Array(frame.data), receiver.source));
    if (!opened) return fail(receiver);
    if (receiver.failed && "type" in frame && frame.type !== "key") wantKeyframe(receiver);
    receiver.failed = 0;
    frame.data = opened.buffer;
    out.enqueue(frame);
  };
}

/** @param {Receiver} receiver */
function fail(receiver) {
  receiver.last = performance.now();
  if (!receiver.failed) receiver.since = receiver.last;
  receiver.failed += 1;
  receiver.dropped += 1;
}

/** @param {Receiver} receiver */
function wantKeyframe({ isVideo, transformer }) {
  if (isVideo) transformer.sendKeyFrameRequest?.().catch(() => {}); // of a connection that is closed
}

/** @param {Frame} frame @returns {Codec | undefined} */
function codecOf(frame) {
  const { mimeType, payloadType } = /** @type {any} */ (frame.getMetadata());
  const name = mimeType?.split("/")[1].toLowerCase() ?? codecs[payloadType];
  return CODECS.has(name) ? name : undefined;
}

/** @type {{[to: string]: (message: any) => void}} */
const orders = {
  use: ({ chain }) => sealer.use(chain),
  learn({ participant, chain }) {
    if (!openers.has(participant)) openers.set(participant, new Opener());
    openers.get(participant)?.learn(chain);
    for (const receiver of receivers.values()) if (receiver.participant === participant && receiver.failed) wantKeyframe(receiver);
  },
  forget: ({ participant }) => openers.delete(participant),
  reset() {
    sealer.use(null);
    openers.clear();
  },
  hold: ({ on }) => (held = on),
  codecs: (message) => (codecs = { ...codecs, ...message.codecs }),
  own(message) {
    owners = new Map(message.receivers.map((/** @type {[string, string, number]} */ [key, ...owner]) => [key, owner]));
    for (const [key, receiver] of receivers) {
      if (!owners.has(key)) receivers.delete(key);
      const [participant, source] = owners.get(key) ?? ["", -1];
      if (receiver.participant === participant && receiver.source === source) continue;
      const missed = receiver.failed > 0;
      Object.assign(receiver, { participant, source, failed: 0 });
      if (missed) wantKeyframe(receiver); // frames may be faster than the news of whose they are
    }
  },
};

worker.onmessage = (/** @type {MessageEvent} */ { data }) => orders[data.to]?.(data);

setInterval(() => {
  const now = performance.now();
  const isFailing = (/** @type {Receiver} */ { failed, since, last }) =>
    failed >= FAILING.frames && now - since >= FAILING.ms && now - last < FAILING.restsMs;
  const failing = [...receivers].filter(([, receiver]) => isFailing(receiver));
  const report = failing.map(([key, { participant, source, dropped }]) => ({ key, participant, source, dropped }));
  const text = JSON.stringify(report);
  if (text !== told) worker.postMessage({ failing: report });
  told = text;
}, REPORT_MS);

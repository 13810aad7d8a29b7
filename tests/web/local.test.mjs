/** One's own Tracks when a host stops them or takes away the right to them. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { LocalParticipant } from "../../web/sdk/local.js";

globalThis.MediaStream ??= class {
  constructor(tracks) {
    this.getTracks = () => tracks;
  }
};

let muted = [];
let sent = [];
/** @type {LocalParticipant} */
let own;

const track = (kind) => ({ kind, enabled: true, readyState: "live", addEventListener() {}, getSettings: () => ({}), stop() { this.readyState = "ended"; } });
const media = { publisher: { setTrack: async (source, what) => void sent.push([source, what?.kind ?? null]) } };

beforeEach(async () => {
  [muted, sent] = [[], []];
  own = new LocalParticipant({ mute: (...all) => muted.push(all), changed() {}, emit() {}, failed() {}, lost() {} }, {});
  own.adopt({ microphone: track("audio"), camera: track("video") });
  await own.attach(media);
  sent = [];
});

test("a microphone that a host has muted stays open and silent, and the server is not told again", async () => {
  await own.withhold("microphone");
  assert.equal(own.isMicrophoneEnabled, false);
  assert.equal(own.track("microphone").readyState, "live");
  assert.deepEqual(muted, []);
});

test("a camera that a host has stopped is closed", async () => {
  const camera = own.track("camera");
  await own.withhold("camera");
  assert.equal(camera.readyState, "ended");
  assert.deepEqual(sent, [["camera", null]]);
});

test("what one may no longer send is closed and cannot be opened", async () => {
  const camera = own.track("camera");
  await own.allow(new Set(["microphone"]));
  assert.equal(camera.readyState, "ended");
  assert.equal(own.track("camera"), null);
  assert.equal(own.isMicrophoneEnabled, true);
  await own.setCameraEnabled(true); // would open a device
  own.announce();
  assert.deepEqual(muted, [["microphone", false]]);
  await own.allow(new Set());
  assert.equal(own.mayPublish, false);
});

test("a viewer sends nothing, unless the permissions say otherwise", async () => {
  own.role = "viewer";
  assert.equal(own.mayPublish, false);
  await own.allow(new Set(["microphone"]));
  assert.equal(own.mayPublish, true);
});

test("a camera whose processor fails is closed, is sent to nobody, and the server is told that it is off", async () => {
  const camera = track("video");
  const failed = [];
  const fails = { name: "fails", init: () => Promise.reject(new Error("no")), destroy: async () => {} };
  const hooks = { mute: (...all) => muted.push(all), changed() {}, emit() {}, failed: (error, source) => failed.push([error.code, source]), lost() {} };
  own = new LocalParticipant(hooks, {});
  own.adopt({ camera, cameraProcessor: fails });
  assert.equal(own.outgoing("camera"), null);
  await own.attach(media);
  await own.setCameraEnabled(false); // after what was begun
  assert.deepEqual([camera.readyState, own.isCameraEnabled], ["ended", false]);
  assert.ok(sent.filter(([source]) => source === "camera").every(([, kind]) => kind === null));
  assert.deepEqual(muted.at(-1), ["camera", true]);
  assert.deepEqual(failed, [["processor.failed", "camera"]]);
});

/** Devices whose prompt stands open: `asked` resolves when it does, `give` is its answer. */
function prompts() {
  const opened = [];
  let give = () => {};
  let told = () => {};
  const asked = new Promise((resolve) => (told = resolve));
  const prompt = ({ audio, video }) => {
    opened.push(...(video ? [track("video")] : []), ...(audio ? [track("audio")] : []));
    const of = (kind) => opened.filter((one) => one.kind === kind);
    const stream = { getTracks: () => opened, getAudioTracks: () => of("audio"), getVideoTracks: () => of("video") };
    told();
    return new Promise((resolve) => (give = () => resolve(stream)));
  };
  const navigator = { mediaDevices: { getUserMedia: prompt, getDisplayMedia: prompt } };
  Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
  globalThis.isSecureContext = true;
  return { opened, asked, give: () => give() };
}

/** @type {[string, number, () => Promise<unknown>][]} */
const OPENINGS = [
  ["camera", 1, () => own.setCameraEnabled(true)],
  ["microphone", 1, () => own.setMicrophoneEnabled(true)],
  ["screen", 2, () => own.setScreenShareEnabled(true)],
  ["another camera", 1, () => own.switchActiveDevice("videoinput", "other")],
];
for (const [what, count, open] of OPENINGS) {
  test(`what the browser gives after one has left is closed: ${what}`, async () => {
    if (what !== "another camera") own = new LocalParticipant({ mute() {}, changed() {}, emit() {}, failed() {}, lost() {} }, {});
    const { opened, asked, give } = prompts();
    const opening = open();
    await asked;
    own.stop();
    give();
    await opening;
    assert.deepEqual(opened.map(({ readyState }) => readyState), Array(count).fill("ended"));
    assert.ok(["camera", "microphone", "screen", "screen-audio"].every((source) => own.track(source) === null));
  });
}

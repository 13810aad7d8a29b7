/** Publications, and elements that follow a Participant through the Slots. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Playback } from "../../web/sdk/playback.js";
import { Roster } from "../../web/sdk/roster.js";
import { SlotTable } from "../../web/sdk/slots.js";

class Element {
  srcObject = null;
  paused = false;
  volume = 1;
  constructor(name) {
    this.name = name;
  }
  async play() {}
  requestVideoFrameCallback(callback) {
    this.callback = callback;
    return 1;
  }
  cancelVideoFrameCallback() {
    this.callback = null;
  }
}
/** The videos that look out for the first frame. @type {Element[]} */
let watching = [];
globalThis.HTMLVideoElement = class {};
globalThis.MediaStream = class {
  constructor(tracks) {
    this.getTracks = () => tracks;
  }
};
globalThis.document = {
  createElement(name) {
    const element = new Element(name);
    watching.push(element);
    return element;
  },
};

const own = { id: "me", know() {}, speak() {} };
const person = (id, flowing) => ({
  id, name: id, role: "speaker", guest: false, connection: "connected",
  tracks: ["microphone", "camera", "screen"].map((source) => ({ source, muted: !flowing.includes(source) })),
});
const pair = (name) => ({ audio: { receiver: { track: `${name}-a` } }, video: { receiver: { track: `${name}-v` } } });
const shows = (element) => element.srcObject?.getTracks()[0] ?? null;
const frame = (rtpTimestamp) => {
  for (const { callback } of [...watching]) callback?.(0, { rtpTimestamp });
};

let told, slots, playback, roster;

beforeEach(() => {
  [told, watching] = [[], []];
  slots = new SlotTable();
  slots.bind([pair("0"), pair("1")]);
  playback = new Playback(slots);
  const emit = (name, ...args) => told.push([name, args.map((one) => one?.source ?? one?.id ?? one)]);
  roster = new Roster(own, emit, (track) => playback.change(track));
});

function assign(...states) {
  slots.update(states);
  playback.update();
}

test("a camera is published once and then muted; a screen comes anew each time", () => {
  roster.upsert(person("a", []));
  roster.upsert(person("a", ["camera", "screen"]));
  roster.upsert(person("a", []));
  roster.upsert(person("a", ["camera", "screen"]));
  roster.remove("a", "left");
  const events = told.filter(([name]) => name.startsWith("track")).map(([name, [source]]) => `${name} ${source}`);
  assert.deepEqual(events, [
    "trackSubscribed camera", "trackSubscribed screen", "trackMuted camera", "trackUnsubscribed screen",
    "trackUnmuted camera", "trackSubscribed screen", "trackUnsubscribed camera", "trackUnsubscribed screen",
  ]);
  assert.deepEqual(told.at(-1), ["participantDisconnected", ["a", "left"]]);
});

test("a participant is one object for as long as it is here", () => {
  roster.upsert(person("a", []));
  const first = roster.participants.get("a");
  assert.equal(first.isCameraEnabled, false);
  roster.upsert({ ...person("a", ["camera"]), name: "Ada" });
  assert.equal(roster.participants.get("a"), first);
  assert.deepEqual([first.name, first.isCameraEnabled, first.isMicrophoneEnabled], ["Ada", true, false]);
});

test("an element follows its participant from Slot to Slot, empty until the first frame that is theirs", () => {
  roster.upsert(person("a", ["camera"]));
  const { track } = roster.participants.get("a").getTrackPublication("camera");
  const element = track.attach(new Element("own"));
  assert.equal(shows(element), null);
  assign({ slot: 0, participant: "a", from_rtp_timestamp: 100 });
  frame(99);
  assert.equal(shows(element), null);
  frame(100);
  assert.equal(shows(element), "0-v");
  assign({ slot: 0, participant: "b", from_rtp_timestamp: 200 }, { slot: 1, participant: "a", from_rtp_timestamp: 7 });
  assert.equal(shows(element), null); // at once: the next frame may be b's
  frame(7);
  assert.equal(shows(element), "1-v");
  assign({ slot: 1, participant: "a", reason: "bandwidth" });
  assert.equal(shows(element), "1-v");
  assign();
  assert.equal(shows(element), null);
});

test("what is muted, not enabled, detached or gone is not shown", () => {
  roster.upsert(person("a", ["camera", "microphone"]));
  const publication = roster.participants.get("a").getTrackPublication("camera");
  const element = publication.track.attach(new Element("own"));
  assign({ slot: 0, participant: "a" });
  frame(1);
  publication.setEnabled(false);
  assert.equal(shows(element), null);
  publication.setEnabled(true);
  frame(1);
  assert.equal(shows(element), "0-v");
  roster.upsert(person("a", ["microphone"]));
  assert.equal(shows(element), null);
  roster.upsert(person("a", ["microphone", "camera"]));
  frame(1);
  assert.equal(shows(element), "0-v");
  assert.deepEqual(publication.track.detach(), [element]);
  assert.equal(shows(element), null);
  publication.track.attach(element);
  frame(1);
  roster.remove("a", "left");
  assert.equal(shows(element), null);
  assert.deepEqual(publication.track.attachedElements, []);
});

test("a voice sounds at once, and a screen's sound is not the microphone's", () => {
  roster.upsert(person("a", ["microphone"]));
  const { track } = roster.participants.get("a").getTrackPublication("microphone");
  const element = track.attach(new Element("audio"));
  assign({ slot: 0, participant: "a", source: "screen" }, { slot: 1, participant: "a", source: "camera" });
  assert.equal(shows(element), "1-a");
  roster.participants.get("a").setVolume(0.5);
  assert.equal(element.volume, 0.5);
});

test("a browser that wants a click is told of, and startAudio heals it", async () => {
  const changes = [];
  playback.on("playback", (can) => changes.push(can));
  roster.upsert(person("a", ["microphone"]));
  const { track } = roster.participants.get("a").getTrackPublication("microphone");
  const element = Object.assign(new Element("audio"), { paused: true });
  element.play = () => Promise.reject(Object.assign(new Error(), { name: "NotAllowedError" }));
  track.attach(element);
  assign({ slot: 0, participant: "a" });
  await new Promise(setImmediate);
  assert.equal(playback.canPlaybackAudio, false);
  await assert.rejects(playback.startAudio());
  element.play = async () => {};
  await playback.startAudio();
  assert.deepEqual(changes, [false, true]);
});

test("speakers and qualities stand on the participants", () => {
  roster.upsert(person("a", []));
  roster.upsert(person("b", []));
  const [a, b] = ["a", "b"].map((id) => roster.participants.get(id));
  roster.hear([{ participant: "b", level: 0 }, { participant: "gone", level: 9 }]);
  assert.deepEqual(roster.speakers, [b]);
  assert.deepEqual([a.isSpeaking, b.isSpeaking, b.audioLevel], [false, true, 1]);
  roster.hear([]);
  assert.deepEqual([b.isSpeaking, b.audioLevel], [false, 0]);
  told.length = 0;
  roster.takeNetworks([{ participant: "a", level: "poor" }]);
  roster.takeNetworks([{ participant: "a", level: "poor" }]);
  assert.deepEqual(told, [["connectionQualityChanged", ["poor", "a"]]]);
  assert.equal(a.connectionQuality, "poor");
});

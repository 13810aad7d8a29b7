/** What is sent follows from everything together, and senders are changed one after the other. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { Publisher } from "../../web/sdk/publisher.js";

before(() => {
  globalThis.MediaStream ??= class {};
  globalThis.RTCRtpSender = { getCapabilities: () => ({ codecs: [] }) };
  globalThis.RTCRtpReceiver = { getCapabilities: () => ({ codecs: [] }) };
});

class Sender {
  running = 0;
  set = [];
  constructor(sendEncodings) {
    this.encodings = sendEncodings;
  }
  async replaceTrack(track) {
    this.track = track;
  }
  getParameters() {
    return { encodings: this.encodings.map((one) => ({ ...one })) };
  }
  async setParameters(parameters) {
    this.running += 1;
    assert.equal(this.running, 1, "one at a time");
    await new Promise((resolve) => setImmediate(resolve));
    this.encodings = parameters.encodings;
    this.set.push(parameters);
    this.running -= 1;
  }
}

function publish(options = {}) {
  const senders = [];
  const told = [];
  const pc = {
    signalingState: "stable",
    addTransceiver(_kind, { sendEncodings = [{}] }) {
      const sender = new Sender(sendEncodings);
      senders.push(sender);
      return { sender, mid: String(senders.length - 1), setCodecPreferences() {} };
    },
  };
  const tell = (source, layers) => told.push({ source, heights: layers.map(({ height }) => height) });
  const publisher = new Publisher(pc, { capture: { width: 1280, height: 720 }, tell, ...options });
  const [microphone, camera, screen] = senders;
  const active = () => camera.encodings.map((encoding) => encoding.active);
  return { publisher, microphone, camera, screen, told, active };
}

function video(width, height) {
  return { kind: "video", contentHint: "", size: { width, height }, getSettings() { return this.size; } };
}

/** All that was begun is done: a fake setParameters takes one turn of the loop. */
const settled = async () => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
};

test("the layers are told whenever they change, and only then", async () => {
  const { publisher, told } = publish();
  const track = video(1280, 720);
  await publisher.setTrack("camera", track);
  publisher.setDemand("camera", [true, false, false]);
  publisher.refresh();
  track.size = { width: 640, height: 360 };
  publisher.refresh();
  await settled();
  assert.deepEqual(told, [
    { source: "camera", heights: [180, 360, 720] },
    { source: "camera", heights: [180, 360] },
  ]);
});

test("what nobody wants is off at once, and on again when somebody does", async () => {
  const { publisher, active } = publish();
  await publisher.setTrack("camera", video(1280, 720));
  assert.deepEqual(active(), [true, true, true]);
  publisher.setDemand("camera", [true, false, false]);
  await settled();
  assert.deepEqual(active(), [true, false, false]);
  publisher.setDemand("camera", [true, true, true]);
  await settled();
  assert.deepEqual(active(), [true, true, true]);
});

test("causes do not fight: demand, the user's cap and a busy machine hold together", async () => {
  const { publisher, camera, active } = publish();
  await publisher.setTrack("camera", video(1280, 720));
  publisher.setLimits({ cap: 360 });
  publisher.setDemand("camera", [false, true, true]);
  publisher.setLimits({ less: 0 });
  await settled();
  assert.deepEqual(active(), [false, true, false]);
  publisher.setLimits({ cap: 0, less: 1 });
  await settled();
  assert.deepEqual(active(), [false, true, false]);
  await publisher.setTrack("camera", video(1280, 720));
  assert.deepEqual(active(), [false, true, false]);
  assert.ok(camera.set.length < 7, "changes that come together are one");
});

test("while a screen is shared it comes first and the camera is small", async () => {
  const { publisher, camera, screen, active } = publish();
  await publisher.setTrack("camera", video(1280, 720));
  const picture = video(1920, 1080);
  await publisher.setTrack("screen", picture);
  assert.deepEqual(active(), [true, true, false]);
  assert.equal(screen.encodings[0].priority, "high");
  assert.equal(camera.encodings[0].priority, "low");
  assert.equal(picture.contentHint, "detail");
  assert.equal(screen.set.at(-1).degradationPreference, "maintain-resolution");
  publisher.setMotion(true);
  await settled();
  assert.equal(picture.contentHint, "motion");
  assert.equal(screen.set.at(-1).degradationPreference, "maintain-framerate");
  await publisher.setTrack("screen", null);
  assert.deepEqual(active(), [true, true, true]);
});

test("a browser that refuses priorities still gets its encodings", async () => {
  const { publisher, camera, active } = publish();
  const set = camera.setParameters.bind(camera);
  camera.setParameters = async (parameters) => {
    if (parameters.encodings[0].priority) throw new TypeError("priority");
    return set(parameters);
  };
  await publisher.setTrack("camera", video(640, 360));
  assert.deepEqual(active(), [true, true, false]);
});

test("only what may be sent is offered", async () => {
  const { publisher } = publish({ sources: new Set(["microphone"]) });
  assert.deepEqual(publisher.tracks.map(({ source }) => source), ["microphone"]);
  await publisher.setTrack("camera", video(640, 360)); // nothing to send it by
  publisher.setLimits({ cap: 360 });
  publisher.setDemand("camera", [true]);
});

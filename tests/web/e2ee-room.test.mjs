/** Encryption of a Room as it is turned on and off: what goes in clear, who gets keys, what is done with old ones. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Emitter } from "../../web/sdk/emitter.js";
import { Encryption } from "../../web/sdk/encryption.js";
import { Peer } from "../../web/sdk/peer.js";

const SECRET = "a secret of this room";
const PATIENCE_MS = 20_000; // a busy machine may take its time
const CLEAR = { e2ee: false };
const SEALED = { e2ee: true };

class FakeWorker {
  /** @type {FakeWorker[]} */
  static all = [];
  /** @type {any[]} */
  orders = [];
  constructor() {
    FakeWorker.all.push(this);
  }
  postMessage(order) {
    this.orders.push(order);
  }
  terminate() {}
}

/** @type {Encryption[]} */
const open = [];
afterEach(() => open.splice(0).forEach((encryption) => encryption.close()));
beforeEach(() => {
  FakeWorker.all = [];
  Object.assign(globalThis, { Worker: FakeWorker, RTCRtpScriptTransform: class {} });
});

/** The server: passes keys on as long as the room is encrypted. */
class Server {
  about = SEALED;
  /** @type {Map<string, Person>} */
  people = new Map();

  /** @param {string} id @param {string} [secret] */
  enter(id, secret = SECRET) {
    const participants = [...this.people.keys()].map((one) => ({ id: one }));
    const person = new Person(this, id, secret);
    this.people.set(id, person);
    person.enter(participants);
    for (const { id: other } of participants) this.people.get(other)?.room.emit("participantConnected", { id });
    return person;
  }

  /** @param {object} about */
  say(about) {
    this.about = about;
    for (const person of this.people.values()) person.hear(about);
  }

  /** @param {string} from @param {{to: string | null, body: string}[]} items */
  async pass(from, items) {
    if (!this.about.e2ee) throw new Error("forbidden");
    for (const { to, body } of items) {
      for (const [id, person] of this.people) {
        if (id === from || (to !== null && to !== id)) continue;
        person.encryption.take([{ participant: from, body }]);
      }
    }
  }
}

class Person {
  rebuilt = 0;
  /** @type {{to: string | null, body: string}[]} */
  sent = [];
  room = Object.assign(new Emitter(), { meeting: { about: {} } });

  /** @param {Server} server @param {string} id @param {string} secret */
  constructor(server, id, secret) {
    [this.server, this.id] = [server, id];
    this.encryption = new Encryption(secret, {
      send: (items) => (this.sent.push(...items), server.pass(id, items)),
      isPresent: (other) => server.people.has(other),
      changed: () => this.room.emit("changed"),
      rebuild: () => (this.rebuilt += 1),
    });
    this.encryption.follow(this.room);
    open.push(this.encryption);
  }

  enter(participants = [], resumed = false) {
    this.encryption.enter({ room: "room", you: { id: this.id }, state: this.server.about, participants, resumed });
  }

  /** @param {object} about */
  hear(about) {
    this.room.meeting.about = about;
    this.room.emit("aboutChanged");
  }

}

/** @param {() => boolean} condition */
async function until(condition) {
  const over = performance.now() + PATIENCE_MS;
  while (!condition()) {
    if (performance.now() > over) throw new Error(`never ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test("a secret that is given while the room is in clear makes another connection, and nothing goes in clear later", async () => {
  const server = new Server();
  server.about = CLEAR;
  const ada = server.enter("ada", "");
  assert.equal(ada.encryption.guard(), null);
  ada.encryption.setSecret(SECRET);
  assert.equal(ada.encryption.state, "alone");
  assert.equal(ada.rebuilt, 1, "the connection that is not guarded goes");
  assert.ok(ada.encryption.guard());
  server.say(SEALED);
  assert.equal(ada.encryption.state, "on");
});

test("who came while the room was in clear gets keys when it is encrypted again, and gives its own", async () => {
  const server = new Server();
  const ada = server.enter("ada");
  await until(() => ada.sent.length > 0);
  server.say(CLEAR);
  ada.encryption.goWithout();
  const bob = server.enter("bob");
  await until(() => bob.sent.length > 0); // and was refused
  assert.equal(ada.encryption.of("bob"), "unknown");
  server.say(SEALED);
  await until(() => ada.encryption.of("bob") === "verified" && bob.encryption.of("ada") === "verified");
  await until(() => FakeWorker.all.every(({ orders }) => orders.some(({ to }) => to === "learn")));
});

test("whose frames cannot be read is asked for keys, also who has said nothing yet", async () => {
  const server = new Server();
  const ada = server.enter("ada");
  await until(() => ada.sent.length > 0);
  const failing = ["bob", ""].map((participant) => ({ key: "1/0/audio", participant, source: 0, dropped: 9 }));
  FakeWorker.all[0].onmessage({ data: { failing } });
  await until(() => ada.sent.length > 1);
  await ada.encryption.safetyCode(); // after all that was begun
  assert.deepEqual(ada.sent.map(({ to }) => to), [null, "bob"]);
});

test("another secret and another Session begin without the keys of before", async () => {
  const server = new Server();
  const ada = server.enter("ada");
  await until(() => ada.sent.length > 0);
  const [{ orders }] = FakeWorker.all;
  const used = () => orders.filter(({ to }) => to === "use" || to === "reset").map(({ to }) => to);
  assert.deepEqual(used(), ["use"]);
  ada.enter([], true);
  assert.deepEqual(used(), ["use"], "the Session goes on");
  ada.enter();
  assert.deepEqual(used(), ["use", "reset"]);
  ada.encryption.setSecret("one that is typed wrong");
  ada.encryption.setSecret("another");
  await until(() => used().length === 5);
  await ada.encryption.safetyCode();
  assert.deepEqual(used(), ["use", "reset", "reset", "reset", "use"], "only the last secret's");
});

test("the worker's keys go by `reset`, and its counters go on", async () => {
  const [interval, frames] = [globalThis.setInterval, []];
  globalThis.setInterval = () => 0; // it would keep this process
  await import("../../web/sdk/e2ee-worker.js");
  globalThis.setInterval = interval;
  const say = (/** @type {object} */ data) => globalThis.onmessage({ data });
  const written = new WritableStream({ write: (frame) => void frames.push(new Uint8Array(frame.data)) });
  const input = new TransformStream();
  globalThis.onrtctransform({ transformer: { options: { seal: 0 }, readable: input.readable, writable: written } });
  const writer = input.writable.getWriter();
  /** Resolves when the worker has taken it, with the key that it has then. */
  const speak = (/** @type {number} */ bytes) =>
    new Promise((taken) => {
      const getMetadata = () => (setImmediate(taken), { mimeType: "audio/opus" });
      writer.write({ data: new Uint8Array(bytes).buffer, getMetadata });
    });
  const chain = { epoch: 0, step: 0, chain: new Uint8Array(32) };
  say({ to: "hold", on: false });
  say({ to: "use", chain });
  await speak(10);
  say({ to: "reset" });
  await speak(20);
  say({ to: "use", chain });
  await speak(30);
  await until(() => frames.length === 2);
  const [overhead, header] = [19, -3];
  assert.deepEqual(frames.map((frame) => frame.length - overhead), [10, 30], "none without a key");
  assert.deepEqual(frames.map((frame) => frame.at(header)), [0, 1], "key id and counter");
  await writer.close();
});

test("a browser that cannot encrypt says so when encryption is turned on, and opens no connection", () => {
  delete globalThis.RTCRtpScriptTransform;
  const server = new Server();
  server.about = CLEAR;
  const ada = server.enter("ada", "");
  server.say(SEALED);
  assert.throws(() => ada.encryption.guard(), { code: "e2ee.unsupported" });
});

/** As much of a browser's connection as is asked of it. */
class Connection extends EventTarget {
  /** @type {Connection[]} */
  static all = [];
  signalingState = "stable";
  constructor() {
    super();
    Connection.all.push(this);
  }
  addTransceiver = () => ({ receiver: {}, setCodecPreferences() {} });
  close() {
    this.signalingState = "closed";
  }
  async createOffer() {
    await null;
    if (this.signalingState === "closed") throw new Error("closed");
  }
  async setLocalDescription() {}
  async setRemoteDescription() {}
  getReceivers = () => [];
}

test("what is to send nothing more is closed at once, and one that another takes the place of is no failure", async (t) => {
  const capabilities = { getCapabilities: () => ({ codecs: [] }) };
  globalThis.MediaStream ??= class {};
  Object.assign(globalThis, { RTCPeerConnection: Connection, RTCRtpReceiver: capabilities, RTCRtpSender: capabilities });
  const local = { mayPublish: false, track: () => null, attach: async () => {}, announce() {} };
  const failed = [];
  const peer = new Peer(local, {}, async () => ({ sdp: "" }), () => null);
  t.after(() => peer.close());
  peer.on("failed", (error) => failed.push(error));
  await peer.open([], []);
  peer.rebuild(true);
  await null;
  assert.deepEqual(Connection.all.map(({ signalingState }) => signalingState), ["closed", "stable"]);
  peer.rebuild(true); // in the middle of the offer
  const opened = new Promise((resolve) => peer.on("open", resolve));
  await opened;
  assert.deepEqual(Connection.all.map(({ signalingState }) => signalingState), ["closed", "closed", "stable"]);
  assert.deepEqual(failed, []);
});

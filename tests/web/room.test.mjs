/** A Room and the HTTP side where things go wrong: addresses, second tries, cut answers; and what is kept of the others. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { RemoteParticipant, Room, TrebleError, downloadFile, enterRoom, newSecret, uploadFile } from "../../web/sdk/index.js";

const WRONG = ["no address", "meet.example.org:8443"];

/** @param {string} code */
const coded = (code) => (error) => error instanceof TrebleError && error.code === code;

test("a wrong address is a TrebleError everywhere, and the Room can still be used", async () => {
  for (const server of WRONG) {
    const room = new Room();
    await assert.rejects(room.connect(server, "token"), coded("gone"), server);
    assert.equal(room.state, "new");
    await room.prepareConnection(server);
    await assert.rejects(enterRoom(server, "room", "", "Ada"), coded("gone"));
    await assert.rejects(downloadFile({ server, room: "room", token: "" }, "file"), coded("chat.file.failed"));
    await assert.rejects(uploadFile({ server, room: "room", token: "" }, new File([], "a"), () => {}), coded("chat.file.failed"));
  }
});

test("a Room is used once", async (context) => {
  const { WebSocket } = globalThis;
  context.after(() => Object.assign(globalThis, { WebSocket }));
  globalThis.WebSocket = class {
    close() {}
  };
  const room = new Room();
  const tried = room.connect("https://x", "token");
  room.disconnect();
  await assert.rejects(tried, coded("left"));
  await assert.rejects(room.connect("https://x", "token"), coded("used"));
});

test("an answer that is cut or no JSON is a failure, an empty one is none", async (context) => {
  const answers = ['{"token": "a', "<html>", "", '{"token":"t"}'];
  context.mock.method(globalThis, "fetch", async () => new Response(answers.shift()));
  const enter = () => enterRoom("https://x", "room", "", "Ada");
  await assert.rejects(enter(), coded("gone"));
  await assert.rejects(enter(), coded("gone"));
  assert.deepEqual(await enter(), {});
  assert.deepEqual(await enter(), { token: "t" });
  context.mock.method(globalThis, "fetch", async () => new Response("<html>", { status: 404 }));
  await assert.rejects(enter(), coded("auth.wrong"));
});

test("a volume holds for what is sent later too", () => {
  const bea = new RemoteParticipant();
  const publish = (...sources) => bea.publish(sources.map((source) => ({ source, muted: false })), () => {}, () => {});
  publish("microphone");
  bea.setVolume(0.2);
  publish("microphone", "screen-audio");
  assert.deepEqual([...bea.trackPublications.values()].map(({ track }) => track.volume), [0.2, 0.2]);
});

test("secrets are long and differ", () => {
  assert.match(newSecret(), /^[\w-]{24}$/);
  assert.notEqual(newSecret(), newSecret());
});

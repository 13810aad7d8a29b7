/** The chat: every message once and in order, whatever becomes of socket and Session. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Chat } from "../../web/sdk/chat.js";
import { TrebleError } from "../../web/sdk/errors.js";
import { Outbox, newKey } from "../../web/sdk/outbox.js";

/** @type {{type: string, fields: any, resolve: (answer: any) => void, reject: (error: Error) => void}[]} */
let asked = [];
let told = [];
/** @type {Chat} */
let chat;

const settle = () => new Promise((resolve) => setImmediate(resolve));
const of = (type) => asked.filter((one) => one.type === type);
const event = (seq, changes = {}) => ({ seq, at: seq * 1000, kind: "message", sender: "bea", name: "Bea", text: `m${seq}`, ...changes });
const texts = () => chat.messages.map(({ text }) => text);

function ask(type, fields) {
  return new Promise((resolve, reject) => asked.push({ type, fields, resolve, reject }));
}

async function enter(lastSeq = 0, page = { events: [] }) {
  chat.enter({ last_seq: lastSeq });
  of("history").at(-1)?.resolve(page);
  await settle();
}

beforeEach(() => {
  [asked, told] = [[], []];
  chat = new Chat(ask, (...all) => told.push(all), () => ({ id: "me", name: "Me" }));
});

test("keys are 128 bits in 22 letters, each another", () => {
  const keys = new Set(Array.from({ length: 100 }, newKey));
  assert.equal(keys.size, 100);
  for (const key of keys) assert.match(key, /^[0-9A-Za-z_-]{22}$/);
});

test("what one says is shown at once, and once", async () => {
  await enter();
  chat.say("Hello");
  assert.deepEqual(chat.messages.map(({ text, state }) => [text, state]), [["Hello", "sending"]]);
  of("say")[0].resolve({ seq: 1, at: 5 });
  await settle();
  chat.take(event(1, { sender: "me", text: "Hello" }));
  assert.deepEqual(chat.messages.map(({ text, state }) => [text, state]), [["Hello", "said"]]);
});

test("the event may come before the answer", async () => {
  await enter();
  chat.say("Hello");
  chat.take(event(1, { sender: "me", text: "Hello" }));
  assert.equal(chat.messages.length, 1);
  of("say")[0].resolve({ seq: 1, at: 5 });
  await settle();
  assert.equal(chat.messages.length, 1);
});

test("an answer does not hide what others said before", async () => {
  await enter();
  chat.say("second");
  of("say")[0].resolve({ seq: 2, at: 5 });
  await settle();
  chat.take(event(1, { text: "first" }));
  chat.take(event(2, { sender: "me", text: "second" }));
  assert.deepEqual(texts(), ["first", "second"]);
});

test("what is not greater is dropped", async () => {
  await enter(3);
  for (const seq of [3, 4, 4, 2, 5]) chat.take(event(seq));
  assert.deepEqual(texts(), ["m4", "m5"]);
  assert.equal(chat.lastSeq, 5);
});

test("another Session sends again, with the same key", async () => {
  await enter();
  chat.say("Hello");
  of("say")[0].reject(new TrebleError("session.new"));
  await settle();
  assert.equal(of("say").length, 1);
  await enter();
  assert.equal(of("say").length, 2);
  assert.equal(of("say")[0].fields.key, of("say")[1].fields.key);
  of("say")[1].resolve({ seq: 1, at: 1 });
  await settle();
  assert.equal(chat.messages[0].state, "said");
});

test("a Session that is gone and another that begins in the same moment send once more, not never", async () => {
  await enter();
  chat.say("Hello");
  of("say")[0].reject(new TrebleError("session.new"));
  chat.enter({ last_seq: 0 });
  await settle();
  assert.equal(of("say").length, 2);
});

test("a refused message stays, and is tried again with the same key, or given up", async () => {
  await enter();
  chat.say("Hello");
  of("say")[0].reject(new TrebleError("forbidden"));
  await settle();
  const [failed] = chat.messages;
  assert.deepEqual([failed.state, failed.error], ["failed", "forbidden"]);
  chat.retry(failed.key);
  assert.equal(chat.messages[0].state, "sending");
  assert.equal(of("say")[1].fields.key, of("say")[0].fields.key);
  of("say")[1].reject(new TrebleError("forbidden"));
  await settle();
  chat.discard(failed.key);
  assert.equal(chat.messages.length, 0);
});

test("a busy server is asked again after a while, five times", async () => {
  let waits = 0;
  const outbox = new Outbox(async () => Promise.reject(new TrebleError("busy")), async () => void (waits += 1));
  await assert.rejects(outbox.send("say", {}), { code: "busy" });
  assert.equal(waits, 4);
});

test("edits, deletions and reactions change the message that they are about", async () => {
  await enter(2, { events: [event(1), event(2)] });
  chat.take(event(3, { kind: "edit", target: 1, text: "better" }));
  chat.take(event(4, { kind: "reaction", target: 1, emoji: "👍", sender: "cy" }));
  chat.take(event(5, { kind: "reaction", target: 1, emoji: "👍", sender: "me" }));
  chat.take(event(6, { kind: "reaction", target: 1, emoji: "👍", sender: "cy", on: false }));
  chat.take(event(7, { kind: "erase", target: 2 }));
  const [first, second] = chat.messages;
  assert.deepEqual([first.text, first.edited, first.reactions], ["better", true, [{ emoji: "👍", participants: ["me"] }]]);
  assert.deepEqual([second.text, second.erased], ["", true]);
});

test("a change that overtakes the page of its message is not lost", async () => {
  chat.enter({ last_seq: 1 });
  chat.take(event(2, { kind: "edit", target: 1, text: "better" }));
  of("history")[0].resolve({ events: [event(1)] });
  await settle();
  assert.deepEqual(texts(), ["better"]);
});

test("who may see all from now on has earlier messages to ask for, also where nothing was said since", async () => {
  chat.seeAll(false);
  await enter(3);
  assert.equal(chat.more, false);
  chat.seeAll(true);
  assert.equal(chat.more, true);
  chat.loadEarlier();
  const request = of("history").at(-1);
  assert.equal(request.fields.before, undefined);
  request.resolve({ events: [event(1), event(2)], more: false });
  await settle();
  assert.deepEqual(texts(), ["m1", "m2"]);
  assert.equal(chat.more, false);
  chat.seeAll(true); // said again
  assert.equal(chat.more, false);
});

test("earlier pages stand before, and the first page is asked for once", async () => {
  await enter(4, { events: [event(3), event(4)], more: true });
  const loading = chat.loadEarlier();
  assert.equal(of("history")[1].fields.before, 3);
  of("history")[1].resolve({ events: [event(1), event(2)] });
  await loading;
  assert.deepEqual(texts(), ["m1", "m2", "m3", "m4"]);
  assert.equal(chat.more, false);
  chat.enter({ last_seq: 9 });
  assert.equal(of("history").length, 2);
  assert.equal(chat.lastSeq, 4); // what was missed is sent by the server
});

test("unread are those of others since one has read, across Sessions", async () => {
  await enter(5, { events: [event(4), event(5)], read: 4 });
  assert.equal(chat.unread, 1);
  chat.take(event(6));
  chat.take(event(7, { sender: "me" }));
  assert.equal(chat.unread, 2);
  chat.markRead();
  assert.equal(chat.unread, 0);
  assert.deepEqual(of("read")[0].fields, { seq: 7 });
  chat.markRead();
  assert.equal(of("read").length, 1);
});

test("what was said before one came is not new", async () => {
  await enter(5, { events: [event(4), event(5)] });
  assert.equal(chat.unread, 0);
});

test("others' messages are told, one's own are not", async () => {
  await enter();
  chat.take(event(1));
  chat.take(event(2, { sender: "me" }));
  assert.deepEqual(told.filter(([name]) => name === "chatMessage").map(([, { seq }]) => seq), [1]);
});

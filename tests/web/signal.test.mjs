/** The socket that is lost and found: a fake WebSocket and a fake clock. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { Signal, retryDelay, socketUrl } from "../../web/sdk/signal.js";

/** @type {Socket[]} */
let sockets = [];

class Socket {
  readyState = 0;
  sent = [];
  constructor(url, protocol) {
    Object.assign(this, { url, protocol });
    sockets.push(this);
  }
  open() {
    this.readyState = 1;
    this.onopen();
  }
  send(text) {
    this.sent.push(JSON.parse(text));
  }
  say(message) {
    this.onmessage({ data: JSON.stringify(message) });
  }
  close() {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.onclose({});
  }
  /** Open, and answer the hello. */
  accept(changes = {}) {
    this.open();
    this.say({ type: "welcome", re: this.sent[0].id, resume: `r${sockets.length}`, resumed: sockets.length > 1, ...changes });
  }
  requests(type) {
    return this.sent.filter((message) => message.type === type);
  }
}

function start(options = {}) {
  const signal = new Signal("https://meet.example.org", "token", { WebSocket: Socket, ...options });
  const events = [];
  for (const name of ["welcome", "waiting", "push", "lost", "retrying", "closed"]) signal.on(name, (...args) => events.push([name, ...args]));
  signal.open();
  return { signal, events, named: (name) => events.filter(([which]) => which === name) };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => {
  sockets = [];
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  mock.method(Math, "random", () => 0);
});

afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});

test("the address of the socket", () => {
  assert.equal(socketUrl("https://meet.example.org/r/x?y#z"), "wss://meet.example.org/ws");
  assert.equal(socketUrl("http://localhost:8080"), "ws://localhost:8080/ws");
});

test("waits grow to half a minute, and never all at the same instant", () => {
  const waits = Array.from({ length: 9 }, (_, attempt) => retryDelay(attempt, () => 0));
  assert.deepEqual(waits, [0, 0.3, 1, 2, 4, 8, 16, 30, 30]);
  assert.equal(retryDelay(7, () => 1), 22.5);
});

test("hello is the first message, and its answer the welcome", () => {
  const { events, signal } = start();
  assert.equal(sockets[0].protocol, "treble.v1");
  sockets[0].accept();
  assert.deepEqual(sockets[0].sent[0], { type: "hello", id: 1, token: "token" });
  assert.equal(events[0][0], "welcome");
  assert.ok(signal.accepted);
});

test("each request gets its own answer", async () => {
  const { signal } = start();
  sockets[0].accept();
  const [first, second] = [signal.request("view", { tiles: [] }), signal.request("mute", { source: "camera", muted: true })];
  const [view, mute] = sockets[0].sent.slice(1);
  sockets[0].say({ type: "failed", re: mute.id, code: "forbidden" });
  sockets[0].say({ type: "done", re: view.id });
  assert.equal((await first).type, "done");
  await assert.rejects(second, { code: "forbidden" });
});

test("a lost socket is replaced at once, and resumes", () => {
  const { events, named } = start();
  sockets[0].accept();
  sockets[0].close();
  assert.deepEqual(events.slice(1), [["lost"], ["retrying", 0]]);
  mock.timers.tick(0);
  sockets[1].accept();
  assert.equal(sockets[1].sent[0].resume, "r1");
  assert.equal(named("welcome").length, 2);
});

test("requests without an answer are sent again with their ids after a resume", async () => {
  const { signal } = start();
  sockets[0].accept();
  const answer = signal.request("offer", { sdp: "v=0" });
  sockets[0].close();
  const meanwhile = signal.request("mute", { source: "camera", muted: true });
  mock.timers.tick(0);
  sockets[1].accept();
  const ids = sockets[1].sent.slice(1).map(({ id, type }) => [id, type]);
  assert.deepEqual(ids, [[2, "offer"], [3, "mute"]]);
  sockets[1].say({ type: "answer", re: 2, sdp: "answer" });
  sockets[1].say({ type: "done", re: 3 });
  assert.equal((await answer).sdp, "answer");
  await meanwhile;
});

test("a Session that is gone fails its requests", async () => {
  const { signal, named } = start();
  sockets[0].accept();
  const answer = signal.request("offer", { sdp: "v=0" });
  sockets[0].close();
  mock.timers.tick(0);
  sockets[1].accept({ resumed: false });
  await assert.rejects(answer, { code: "session.new" });
  assert.equal(named("welcome").length, 2);
});

test("a server that is away is tried at growing intervals, or now", () => {
  const { signal, named } = start();
  sockets[0].accept();
  sockets[0].close();
  for (const wait of [0, 300, 1000, 2000]) {
    mock.timers.tick(wait);
    sockets.at(-1).close();
  }
  assert.deepEqual(named("retrying").map(([, seconds]) => seconds), [0, 0.3, 1, 2, 4]);
  assert.equal(named("lost").length, 1);
  signal.retryNow();
  assert.equal(sockets.length, 6);
});

test("a socket that opens but never welcomes is given up", () => {
  start();
  sockets[0].open();
  mock.timers.tick(10_000);
  assert.equal(sockets[0].readyState, 3);
});

test("a dead socket is noticed by its missing pong", async () => {
  const { named } = start();
  sockets[0].accept();
  mock.timers.tick(10_000);
  const [ping] = sockets[0].requests("ping");
  sockets[0].say({ type: "done", re: ping.id });
  await settle();
  mock.timers.tick(10_000);
  assert.equal(sockets[0].requests("ping").length, 2);
  mock.timers.tick(5_000);
  assert.equal(named("lost").length, 1);
});

test("only a silent server is pinged", async () => {
  const { named } = start();
  sockets[0].accept();
  for (let second = 0; second < 60; second++) {
    mock.timers.tick(1_000);
    sockets[0].say({ type: "speakers", participants: [] });
  }
  assert.equal(sockets[0].requests("ping").length, 0);
  mock.timers.tick(10_000);
  assert.equal(sockets[0].requests("ping").length, 1);
  sockets[0].say({ type: "speakers", participants: [] }); // as good as an answer
  mock.timers.tick(5_000);
  assert.equal(named("lost").length, 0);
});

test("a refusal ends it, with its reason and wait", () => {
  const { named } = start();
  sockets[0].open();
  sockets[0].say({ type: "failed", re: 1, code: "auth.slow", retry_after: 7 });
  const [[, error]] = named("closed");
  assert.equal(error.code, "auth.slow");
  assert.equal(error.retryAfter, 7);
  mock.timers.tick(60_000);
  assert.equal(sockets.length, 1);
});

test("a busy server is asked again", () => {
  const { named } = start();
  sockets[0].open();
  sockets[0].say({ type: "failed", re: 1, code: "busy", retry_after: 1 });
  assert.equal(named("closed").length, 0);
  mock.timers.tick(1000);
  assert.equal(sockets.length, 2);
});

test("a token that is no longer taken is renewed once", async () => {
  const { named } = start({ renewToken: async () => "fresh" });
  sockets[0].open();
  sockets[0].say({ type: "failed", re: 1, code: "auth.expired" });
  await settle();
  mock.timers.tick(0);
  sockets[1].open();
  assert.equal(sockets[1].sent[0].token, "fresh");
  sockets[1].say({ type: "failed", re: sockets[1].sent[0].id, code: "auth.wrong" });
  assert.equal(named("closed")[0][1].code, "auth.wrong");
});

test("elsewhere and ended are the end", () => {
  for (const [message, code] of [[{ type: "elsewhere" }, "elsewhere"], [{ type: "ended", reason: "removed" }, "removed"]]) {
    sockets = [];
    const { named } = start();
    sockets[0].accept();
    sockets[0].say(message);
    assert.equal(named("closed")[0][1].code, code);
    mock.timers.tick(60_000);
    assert.equal(sockets.length, 1);
  }
});

test("a server that goes down is a lost socket, not the end", () => {
  const { named } = start();
  sockets[0].accept();
  sockets[0].say({ type: "ended", reason: "shutdown" });
  assert.equal(named("lost").length, 1);
  assert.equal(named("closed").length, 0);
  mock.timers.tick(10_000);
  assert.ok(sockets.length > 1);
});

test("leaving says so, and fails what is asked later", async () => {
  const { signal } = start();
  sockets[0].accept();
  signal.close();
  assert.equal(sockets[0].requests("leave").length, 1);
  await assert.rejects(signal.request("view"), { code: "closed" });
});

test("who has to wait asks nothing but to be let in, then enters by itself", () => {
  const { signal, events, named } = start();
  sockets[0].open();
  sockets[0].say({ type: "waiting", re: 1, reason: "knock" });
  assert.equal(signal.accepted, false);
  signal.request("view", { tiles: [] });
  signal.request("knock");
  assert.deepEqual(sockets[0].sent.map(({ type }) => type), ["hello", "knock"]);
  sockets[0].say({ type: "waiting", reason: "host" });
  assert.deepEqual(named("waiting").map(([, { reason }]) => reason), ["knock", "host"]);
  sockets[0].say({ type: "admitted" });
  const [enter] = sockets[0].requests("enter");
  sockets[0].say({ type: "welcome", re: enter.id, resume: "r", resumed: false });
  assert.equal(events.at(-1)[0], "welcome");
  assert.equal(sockets[0].requests("view").length, 1);
});

test("who waits says hello again on another socket, without resume, at once", () => {
  const { named } = start();
  sockets[0].open();
  sockets[0].say({ type: "waiting", re: 1, reason: "knock" });
  sockets[0].close();
  assert.deepEqual(named("retrying"), [["retrying", 0]]);
  assert.equal(named("lost").length, 0);
  mock.timers.tick(0);
  sockets[1].open();
  assert.deepEqual(sockets[1].sent.map(({ type, resume }) => [type, resume]), [["hello", undefined]]);
});

test("a Session that is gone may have to wait again, and its requests fail", async () => {
  const { signal, named } = start();
  sockets[0].accept();
  const answer = signal.request("offer", { sdp: "v=0" });
  sockets[0].close();
  mock.timers.tick(0);
  sockets[1].open();
  sockets[1].say({ type: "waiting", re: sockets[1].sent[0].id, reason: "host" });
  await assert.rejects(answer, { code: "session.new" });
  assert.equal(named("waiting").length, 1);
});

test("while one waits a dead socket is noticed too", () => {
  start();
  sockets[0].open();
  sockets[0].say({ type: "waiting", re: 1, reason: "knock" });
  mock.timers.tick(10_000);
  mock.timers.tick(5_000);
  assert.equal(sockets[0].readyState, 3);
});

test("a refusal to enter ends it", () => {
  const { named } = start();
  sockets[0].open();
  sockets[0].say({ type: "waiting", re: 1, reason: "knock" });
  sockets[0].say({ type: "admitted" });
  sockets[0].say({ type: "failed", re: sockets[0].requests("enter")[0].id, code: "full" });
  assert.equal(named("closed")[0][1].code, "full");
});

test("hello tells the last chat event, and the renewed token", () => {
  const { signal } = start({ lastSeq: () => 7 });
  sockets[0].accept();
  assert.equal(sockets[0].sent[0].last_seq, 7);
  signal.useToken("fresh");
  sockets[0].close();
  mock.timers.tick(0);
  sockets[1].open();
  assert.equal(sockets[1].sent[0].token, "fresh");
});

test("nonsense from the server is passed over", () => {
  const { named } = start();
  sockets[0].accept();
  sockets[0].onmessage({ data: "{" });
  sockets[0].say({ type: "done", re: 999 });
  sockets[0].say({ type: "unheard", of: 1 });
  assert.equal(named("closed").length, 0);
});

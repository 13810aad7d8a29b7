/** Who may do what, who waits, what is asked for: pushes taken, requests sent. */
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Meeting } from "../../web/sdk/meeting.js";
import { choices, outranks, usual } from "../../web/sdk/permissions.js";
import { keepFresh } from "../../web/sdk/renewal.js";

let sent = [];
let events = [];
let answer = {};
/** @type {Meeting} */
let meeting;

beforeEach(() => {
  [sent, events, answer] = [[], [], { type: "done" }];
  meeting = new Meeting(
    async (type, fields) => (sent.push({ type, ...fields }), answer),
    (name, ...args) => events.push([name, ...args]),
  );
});

test("what is not known is denied", () => {
  assert.equal(meeting.verdict("share"), "deny");
  meeting.enter({ verdicts: { share: "ask", talk: "allow" } });
  assert.equal(meeting.verdict("share"), "ask");
  assert.ok(meeting.may("talk") && !meeting.may("share") && !meeting.may("fly"));
});

test("a state that leaves things out says that they are as usual", () => {
  meeting.enter({ state: { title: "Monday", locked: true } });
  meeting.take({ type: "roomstate", spotlight: "p1" });
  assert.deepEqual(meeting.about, { title: "", locked: false, spotlight: "p1", settings: null });
});

test("what one has asked for is known until it is decided", async () => {
  answer = { type: "asked", approval: "a1", expires_at: 9 };
  assert.equal(await meeting.rename("Ada"), true);
  assert.ok(meeting.isAsked("rename"));
  meeting.take({ type: "decided", approval: "a1", action: "rename", outcome: "allow" });
  assert.ok(!meeting.isAsked("rename"));
  assert.deepEqual(events, [["asked", "rename"], ["decided", "rename", "allow"]]);
});

test("a name that needs no answer is not asked for", async () => {
  assert.equal(await meeting.rename("Ada"), false);
  assert.ok(!meeting.isAsked("rename"));
});

test("what one asked for is taken back by its number", async () => {
  answer = { type: "asked", approval: "a7" };
  await meeting.ask("share");
  await meeting.unask("share");
  assert.deepEqual(sent.at(-1), { type: "unask", approval: "a7" });
  assert.ok(!meeting.isAsked("share"));
});

test("another Session forgets who waited and what was asked, the same keeps it", async () => {
  meeting.take({ type: "waiters", waiters: [{ participant: "p", name: "Eve", since: 1 }] });
  meeting.enter({ resumed: true });
  assert.equal(meeting.waiters.length, 1);
  meeting.enter({ resumed: false });
  assert.equal(meeting.waiters.length, 0);
});

test("other pushes are not its own", () => {
  assert.equal(meeting.take({ type: "joined" }), false);
});

test("the requests of hosts name what they are about", async () => {
  await meeting.admit(null);
  await meeting.stop("microphone", ["p"]);
  await meeting.remove("p", true);
  await meeting.permit("p", "share", null);
  assert.deepEqual(sent, [
    { type: "admit", participants: null },
    { type: "stop", source: "microphone", participants: ["p"] },
    { type: "remove", participant: "p", ban: true },
    { type: "permit", participant: "p", action: "share", verdict: null },
  ]);
});

test("the table: what holds, what can be chosen, who reaches whom", () => {
  assert.equal(usual("speaker", "share"), "ask");
  assert.equal(usual("host", "share"), "allow");
  assert.deepEqual(choices("speaker", "share"), ["allow", "ask", "deny"]);
  assert.deepEqual(choices("speaker", "record"), ["ask", "deny"]);
  assert.deepEqual(choices("viewer", "record"), ["deny"]);
  assert.ok(outranks("host", "co-host") && outranks("co-host", "speaker"));
  assert.ok(!outranks("co-host", "co-host") && !outranks("speaker", "host"));
});

test("a token is renewed every five minutes, and after a failure in one", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const used = [];
  const renew = mock.fn(async () => ({ token: `t${renew.mock.callCount()}` }));
  const stop = keepFresh(renew, (token) => used.push(token));
  const pass = async (ms) => {
    context.mock.timers.tick(ms);
    await new Promise((resolve) => setImmediate(resolve));
  };
  await pass(300_000);
  renew.mock.mockImplementationOnce(() => Promise.reject(new Error("away")));
  await pass(300_000);
  await pass(60_000);
  assert.equal(renew.mock.callCount(), 3);
  assert.equal(used.length, 2);
  stop();
  await pass(600_000);
  assert.equal(renew.mock.callCount(), 3);
});

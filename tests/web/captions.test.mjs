/** Captions: what the area shows of the lines that come, and what the SDK makes of pushes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CaptionLog } from "../../web/app/lib/caption-log.js";
import { captionLanguages, languageName } from "../../web/app/lib/caption-languages.js";
import { Captions } from "../../web/sdk/captions.js";
import { Roster } from "../../web/sdk/roster.js";

const ada = { id: "a", name: "Ada" };
const bob = { id: "b", name: "Bob" };
const line = (id, text, final = true) => ({ id, text, language: "en", final, by: null });
const shown = (log) => log.turns.map(({ speaker, segments }) => `${speaker.name}: ${segments.map(({ text }) => text).join(" ")}`);

test("a line that changes stays in its place, an empty one is taken back", () => {
  const log = new CaptionLog();
  log.take(line("1", "Good", false), ada, 0);
  log.take(line("2", "Yes"), bob, 1);
  log.take(line("1", "Good morning."), ada, 2);
  assert.deepEqual(shown(log), ["Ada: Good morning.", "Bob: Yes"]);
  log.take(line("2", ""), bob, 3);
  log.take(line("3", ""), bob, 3); // of one that was never seen
  assert.deepEqual(shown(log), ["Ada: Good morning."]);
});

test("lines of one speaker after each other are one turn", () => {
  const log = new CaptionLog();
  for (const [id, speaker] of [["1", ada], ["2", ada], ["3", bob], ["4", ada]]) log.take(line(id, id), speaker, 0);
  assert.deepEqual(shown(log), ["Ada: 1 2", "Bob: 3", "Ada: 4"]);
});

test("a line is there for eight seconds and longer the longer it is, from its last word on", () => {
  const log = new CaptionLog();
  assert.equal(log.due, Infinity);
  log.take(line("1", "short"), ada, 0);
  log.take(line("2", "x".repeat(100), false), ada, 0);
  assert.equal(log.due, 8_300);
  log.forget(8_300);
  assert.equal(log.turns[0].segments.length, 1);
  log.take(line("2", "y"), ada, 10_000);
  assert.equal(log.due, 18_060);
});

test("a flood does not grow", () => {
  const log = new CaptionLog();
  for (let at = 0; at < 1_000; at += 1) log.take(line(String(at), "x"), at % 2 ? ada : bob, 0);
  assert.equal(log.turns.length, 20);
});

test("languages have names, by which they are in order, and what is none names itself", () => {
  const names = captionLanguages().map(({ name }) => name);
  assert.ok(names.includes("English") && names.length > 40);
  assert.deepEqual(names, [...names].sort((a, b) => a.localeCompare(b, "en")));
  assert.equal(languageName("what is this"), "what is this");
});

function captions() {
  const asked = [];
  const meeting = { about: {} };
  return { asked, meeting, one: new Captions(meeting, async (type, fields) => void asked.push([type, fields])) };
}

test("the SDK says a line with a key by which it is replaced", async () => {
  const { asked, one } = captions();
  const key = await one.say("Good mor", { participant: "a", final: false });
  await one.say("Good morning.", { participant: "a", key });
  assert.match(key, /^[\w-]{22}$/);
  assert.deepEqual(asked[1], ["saycaption", { text: "Good morning.", key, participant: "a" }]);
});

test("the SDK wants them again in another Session only, and knows their language", async () => {
  const { asked, one, meeting } = captions();
  one.enter({ resumed: false });
  await one.want(true);
  one.enter({ resumed: true });
  one.enter({ resumed: false });
  assert.deepEqual(asked, [["wantcaptions", { wanted: true }], ["wantcaptions", { wanted: true }]]);
  assert.equal(one.language, null);
  meeting.about = { captions: "es" };
  assert.equal(one.language, "es");
});

test("lines are told with who speaks, two authors' of the same key are two, those of who has left are not told", () => {
  const told = [];
  const own = { id: "own" };
  const roster = new Roster(own, (name, ...args) => told.push([name, ...args]), () => {});
  const line = { key: "1", text: "Hello", language: "en" };
  roster.transcribe([{ ...line, participant: "own", by: "x" }, { ...line, participant: "own" }, { ...line, participant: "gone" }]);
  assert.deepEqual(told.map(([name, [{ final, by }], one]) => [name, final, by, one]), [
    ["transcriptionReceived", true, "x", own],
    ["transcriptionReceived", true, null, own],
  ]);
  assert.notEqual(told[0][1][0].id, told[1][1][0].id);
});

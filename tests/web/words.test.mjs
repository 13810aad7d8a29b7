/** What the call says: links in messages, groups of the chat and of people, the log, sizes and times. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { auditWords } from "../../web/app/lib/audit-words.js";
import { firstUnread, lines } from "../../web/app/lib/chat-groups.js";
import { linkify } from "../../web/app/lib/linkify.js";
import { sinceWords } from "../../web/app/lib/since.js";
import { sizeWords } from "../../web/app/lib/size.js";
import { useStrings } from "../../web/app/lib/strings.js";
import { groups } from "../../web/app/parts/people-groups.js";
import { actionsFor } from "../../web/app/parts/person-actions.js";
import { allWords } from "./all-words.mjs";

useStrings(await allWords());

const hrefs = (text) => linkify(text).flatMap(({ href }) => href ?? []);
const whole = (text) => linkify(text).map((part) => part.text).join("");

test("web links are links, without the sentence around them", () => {
  assert.deepEqual(hrefs("See https://a.example/b?c=d#e."), ["https://a.example/b?c=d#e"]);
  assert.deepEqual(hrefs("(http://a.example/x), [https://b.example]!"), ["http://a.example/x", "https://b.example/"]);
  assert.deepEqual(hrefs("https://en.example/wiki/A_(b)"), ["https://en.example/wiki/A_(b)"]);
});

test("nothing else is a link", () => {
  for (const text of [
    "javascript:alert(1)", "data:text/html,x", "ftp://a.example", "www.a.example", "https://", "https://user:pw@a.example",
    "file:///etc/passwd", "JaVaScRiPt:https//x", "//a.example",
  ]) assert.deepEqual(hrefs(text), [], text);
});

test("no letter of a message is lost, and quotes end a link", () => {
  for (const text of ["", "plain", 'a "https://a.example/x" b', "https://a.example)))", "x https://a.example\u202e/moc y", "<https://a.example>"]) {
    assert.equal(whole(text), text);
    assert.ok(hrefs(text).every((href) => !/["<>\u202e]/.test(href)));
  }
});

const said = (seq, sender, at, more = {}) => ({ seq, key: String(seq), sender, at, to: null, ...more });

test("messages of one sender stand together for three minutes, private ones apart", () => {
  const all = [said(1, "a", 0), said(2, "a", 100_000), said(3, "b", 110_000), said(4, "a", 120_000), said(5, "a", 130_000, { to: "b" }), said(6, "a", 400_000, { to: "b" })];
  assert.deepEqual(lines(all).map(({ first }) => first), [true, false, true, true, true, true]);
});

test("another day has a line of its own", () => {
  const day = 86_400_000;
  assert.deepEqual(lines([said(1, "a", day), said(2, "a", 3 * day)]).map(({ day: other }) => other), [false, true]);
});

test("the first unread is of others and not on its way", () => {
  const all = [said(1, "b", 0), said(2, "me", 0), said(3, "b", 0), said(null, "me", 0)];
  assert.equal(firstUnread(all, 1, "me"), 3);
  assert.equal(firstUnread(all, 3, "me"), null);
});

test("people: hands in their order, hosts, others A to Z, nobody twice", () => {
  const person = (name, more = {}) => ({ id: name, name, role: "speaker", hand: null, turn: 0, ...more });
  const people = [person("Zoe"), person("Ada", { role: "host" }), person("Bea", { hand: 2, turn: 2 }), person("Cy", { hand: 1, turn: 1, role: "co-host" }), person("Åsa")];
  const { hands, hosts, others } = groups(people, "");
  assert.deepEqual([hands, hosts, others].map((all) => all.map(({ name }) => name)), [["Cy", "Bea"], ["Ada"], ["Åsa", "Zoe"]]);
  assert.deepEqual(groups(people, " z ").others.map(({ name }) => name), ["Zoe"]);
});

test("the log in words", () => {
  const words = (action, actor, subject, detail) => auditWords({ at: 0, action, actor, subject, detail });
  assert.equal(words("admit", "Ada", "Eve"), "Ada admitted Eve.");
  assert.equal(words("lock", "Ada", "", "on"), "Ada locked the meeting.");
  assert.equal(words("mute", "Ada", "", "microphone"), "Ada muted everybody.");
  assert.equal(words("rename", "Eve", "", "Evelyn"), "Eve is now called “Evelyn”.");
  assert.equal(words("rename", "Ada", "Eve", "allow Evelyn"), "Ada allowed Eve: Change name: Evelyn");
  assert.equal(words("share", "", "Eve", "expired"), "Nobody answered Eve: Share screen");
  assert.equal(words("permit", "Ada", "Eve", "share allow"), "Ada changed what Eve may do. Share screen: Allow");
  assert.equal(words("permit", "Ada", "Eve", "share default"), "Ada changed what Eve may do. Share screen: As in the settings");
  assert.equal(words("hand-over", "", "Bea"), "Bea became the host, as no host was here.");
  assert.deepEqual([words("caption", "Ada", "", "en"), words("caption", "Ada", "", "off")], ["Ada started captions (en).", "Ada stopped captions."]);
  assert.equal(words("caption", "", "", "off"), "Captions ended, as nobody was left to run them.");
  assert.equal(words("odd thing", "Ada", "Eve", "x"), "Ada · odd thing · Eve · x");
});

test("how long ago, and how large", () => {
  assert.deepEqual([0, 7_000, 125_000, 7_300_000].map((ms) => sinceWords(0, ms)), ["just now", "7 s ago", "2 min ago", "2 h ago"]);
  assert.deepEqual([12, 2_048, 2_400_000].map(sizeWords), ["12 B", "2 kB", "2.4 MB"]);
});

test("what one may do with somebody: by verdict, rank and what there is to do", () => {
  const host = Object.fromEntries(["mute", "ask-unmute", "stop-camera", "hand-over", "roles", "remove"].map((action) => [action, "allow"]));
  const person = { self: false, role: "speaker", guest: true, mic: true, cam: false, screen: false, hand: null, spotlight: false };
  const flat = (...all) => actionsFor(...all).flat();
  assert.deepEqual(flat(person, "host", host, false), ["mute", "ask-camera", "make-co-host", "make-viewer", "remove"]);
  assert.ok(flat(person, "host", host, true).includes("make-host"));
  assert.ok(flat({ ...person, guest: false }, "host", host, false).includes("make-host"));
  assert.deepEqual(flat({ ...person, role: "host" }, "co-host", host, true), []);
  assert.deepEqual(flat({ ...person, self: true }, "host", { ...host, rename: "ask" }, true), ["rename"]);
  assert.deepEqual(flat(person, "host", {}, true), []);
});

/** Which tile is large, and which layout is shown. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LayoutChoice } from "../../web/app/lib/layout-choice.js";
import { MainSpeaker, mainOf } from "../../web/app/lib/main-tile.js";
import { Speech } from "../../web/app/lib/speech.js";

const ITEMS = [
  { key: "me", kind: "self" },
  { key: "a", kind: "camera" },
  { key: "b", kind: "camera" },
  { key: "a-screen", kind: "screen" },
];
const NOBODY = { pinned: "", spotlight: "", screens: [], speaker: "" };

test("pinned before spotlight before screen before speaker, and never oneself", () => {
  const all = { pinned: "b", spotlight: "a", screens: ["a-screen"], speaker: "b" };
  assert.equal(mainOf(ITEMS, all), "b");
  assert.equal(mainOf(ITEMS, { ...all, pinned: "gone" }), "a");
  assert.equal(mainOf(ITEMS, { ...all, pinned: "", spotlight: "" }), "a-screen");
  assert.equal(mainOf(ITEMS, { ...NOBODY, speaker: "b" }), "b");
  assert.equal(mainOf(ITEMS, { ...NOBODY, speaker: "me" }), "a");
  assert.equal(mainOf(ITEMS.slice(0, 1), { ...NOBODY, pinned: "me" }), null);
});

function start() {
  const speech = new Speech();
  const talk = (who, from, to) => {
    speech.hear(who, from);
    speech.hear([], to);
  };
  return { main: new MainSpeaker(speech), talk };
}

test("the large tile follows who speaks for 1.5 s, and stays while nobody does", () => {
  const { main, talk } = start();
  const others = ["a", "b", "c"];
  assert.equal(main.follow(others, 0), "a");
  talk(["b"], 0, 1250);
  assert.equal(main.follow(others, 1250), "a");
  talk(["b"], 1500, 1500);
  assert.equal(main.follow(others, 1500), "b");
  assert.equal(main.follow(others, 60_000), "b");
  assert.equal(main.follow(["a", "c"], 60_000), "a");
});

test("who speaks on gives way once to who begins, and is back afterwards", () => {
  const { main, talk } = start();
  const others = ["a", "b"];
  talk(["b"], 0, 2000);
  assert.equal(main.follow(others, 2000), "b");
  talk(["a", "b"], 2250, 4000);
  assert.equal(main.follow(others, 4000), "a");
  talk(["a", "b"], 4250, 6000);
  assert.equal(main.follow(others, 6000), "a");
  talk(["b"], 6250, 7000);
  assert.equal(main.follow(others, 7000), "b");
});

test("who is named once speaks until others are", () => {
  const speech = new Speech();
  const main = new MainSpeaker(speech);
  speech.hear(["b"], 0);
  assert.equal(main.follow(["a", "b"], 1_000), "a");
  assert.equal(main.follow(["a", "b"], 2_500), "b", "also where a hidden page looks once a second or less");
  assert.ok(speech.isSpeaking("b", 60_000));
  speech.hear([], 60_000);
  assert.ok(!speech.isSpeaking("b", 61_000));
});

test("oneself is never followed", () => {
  const { main, talk } = start();
  talk(["me"], 0, 5000);
  assert.equal(main.follow(["a", "b"], 5000), "a");
});

test("a screen switches to speaker view once, and back when it ends", () => {
  const choice = new LayoutChoice("grid");
  choice.update(["a"], "", "");
  assert.equal(choice.mode, "speaker");
  choice.update([], "", "");
  assert.equal(choice.mode, "grid");
});

test("what the user chose during a screen stays, also when another begins", () => {
  const choice = new LayoutChoice("grid");
  choice.update(["a"], "", "");
  choice.choose("grid");
  choice.update(["a", "b"], "", "");
  assert.equal(choice.mode, "grid");
  choice.choose("speaker");
  choice.update([], "", "");
  assert.equal(choice.mode, "speaker");
});

test("the next screen after all have ended switches again", () => {
  const choice = new LayoutChoice("grid");
  choice.update(["a"], "", "");
  choice.choose("grid");
  choice.update([], "", "");
  choice.update(["b"], "", "");
  assert.equal(choice.mode, "speaker");
});

test("who chose speaker view is in it before, during and after a screen", () => {
  const choice = new LayoutChoice("speaker");
  choice.update(["a"], "", "");
  choice.update([], "", "");
  assert.equal(choice.mode, "speaker");
});

test("pinning is a choice of its own, and unpinning leads back", () => {
  const choice = new LayoutChoice("grid");
  choice.update(["a"], "", "");
  choice.choose("grid");
  choice.update(["a"], "b", "");
  assert.equal(choice.mode, "speaker");
  choice.choose("grid");
  choice.update(["a"], "b", "");
  assert.equal(choice.mode, "grid");
  choice.update([], "", "");
  choice.update([], "", "c");
  assert.equal(choice.mode, "speaker");
  choice.update([], "", "");
  assert.equal(choice.mode, "grid");
});

test("a pin that ends leads back to the grid that was chosen in spite of a spotlight or a screen", () => {
  for (const [screens, spotlight] of [[[], "c"], [["a"], ""]]) {
    const choice = new LayoutChoice("grid");
    choice.update(screens, "", spotlight);
    assert.equal(choice.mode, "speaker");
    choice.choose("grid");
    choice.update(screens, "b", spotlight);
    assert.equal(choice.mode, "speaker");
    choice.update(screens, "", spotlight);
    assert.equal(choice.mode, "grid");
  }
  const choice = new LayoutChoice("grid");
  choice.update([], "", "c");
  choice.update([], "b", "c");
  choice.update([], "", "c");
  assert.equal(choice.mode, "speaker"); // of the spotlight, which nobody chose against
});

test("screens are told in the order in which they began", () => {
  const choice = new LayoutChoice("grid");
  choice.update(["b"], "", "");
  choice.update(["a", "b"], "", "");
  assert.deepEqual(choice.screens, ["b", "a"]);
  choice.update(["a"], "", "");
  assert.deepEqual(choice.screens, ["a"]);
});

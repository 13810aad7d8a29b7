/** What a key is called, whatever the keyboard. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { nameOf } from "../../web/app/lib/keys.js";

const press = (key, code, modifiers = {}) => nameOf({ key, code, altKey: false, ctrlKey: false, shiftKey: false, ...modifiers });

test("letters, digits and signs are what they type", () => {
  assert.equal(press("m", "KeyM"), "m");
  assert.equal(press("M", "KeyM", { shiftKey: true }), "m");
  assert.equal(press("a", "KeyQ"), "a"); // a French keyboard
  assert.equal(press("?", "Slash", { shiftKey: true }), "?");
  assert.equal(press("?", "Minus", { shiftKey: true }), "?"); // a German one
  assert.equal(press("PageUp", "PageUp"), "pageup");
});

test("on a keyboard of other letters the place counts", () => {
  assert.equal(press("ь", "KeyM"), "m");
  assert.equal(press("و", "KeyM"), "m");
});

test("with Alt the place counts, as it types signs", () => {
  assert.equal(press("¡", "Digit1", { altKey: true }), "alt+1");
  assert.equal(press("1", "Digit1", { altKey: true }), "alt+1");
  assert.equal(press("1", "Digit1", { altKey: true, shiftKey: true }), "");
  assert.equal(press("m", "KeyM", { altKey: true, ctrlKey: true }), ""); // AltGr
});

test("with Ctrl the browser's keys stay its own unless they are named whole", () => {
  assert.equal(press("L", "KeyL", { ctrlKey: true, shiftKey: true }), "ctrl+shift+l");
  assert.equal(press("p", "KeyP", { ctrlKey: true }), "ctrl+p");
});

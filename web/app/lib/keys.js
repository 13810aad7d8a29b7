/**
 * Shortcuts: off while composing and under a dialog; single keys but Esc also in text fields, and all of one letter where the
 * user has switched them off. With other modifiers than those that they name they are the browser's.
 */

import { prefs } from "./prefs.js";

const COVERED = "dialog[open], [popover=auto]:popover-open";
const FIELDS = "input, textarea, select, [contenteditable]";
const CONTROLS = `${FIELDS}, button, a[href], summary, [role="slider"], [role="tab"]`;

/**
 * @param {{[key: string]: () => unknown}} actions  keys in lower case: `m`, `?`, `alt+1`, `ctrl+shift+l`
 * @returns {() => void}  stops listening
 */
export function shortcuts(actions) {
  const stopped = new AbortController();
  addEventListener("keydown", (event) => onKey(event, actions), { signal: stopped.signal });
  return () => stopped.abort();
}

/** @param {KeyboardEvent} event @param {{[key: string]: (() => unknown)}} actions */
function onKey(event, actions) {
  if (isComposing(event) || event.repeat || event.metaKey || document.querySelector(COVERED)) return;
  const name = nameOf(event);
  const action = Object.hasOwn(actions, name) ? actions[name] : null;
  if (!action || (isPlain(name) && (!prefs.shortcuts || isIn(event.target, FIELDS)))) return;
  if (/^(page|alt\+)/.test(name) && isIn(event.target, FIELDS)) return; // they scroll, or type signs
  event.preventDefault();
  action();
}

/**
 * While the space bar is down and no control has the focus: `down`, then `up`, also when the window loses the keyboard.
 *
 * @param {{down: () => boolean, up: () => void}} hold  `down`: whether it is wanted now
 * @returns {() => void}  stops listening
 */
export function holdSpace({ down, up }) {
  const stopped = new AbortController();
  const { signal } = stopped;
  let held = false;
  const release = () => {
    if (held) up();
    held = false;
  };
  addEventListener(
    "keydown",
    (event) => {
      if (nameOf(event) !== " " || isComposing(event) || isIn(event.target, CONTROLS) || document.querySelector(COVERED)) return;
      event.preventDefault(); // also of repeats, which would scroll
      if (!event.repeat && !held) held = down();
    },
    { signal },
  );
  addEventListener("keyup", (event) => event.key === " " && release(), { signal });
  addEventListener("blur", release, { signal });
  return () => {
    stopped.abort();
    release();
  };
}

/**
 * What was pressed, with its modifiers. On a keyboard of other letters the key's place counts, with Alt always, as it types
 * signs there. Shift is part of what a single key types.
 *
 * @param {KeyboardEvent} event
 */
export function nameOf({ key, code, altKey, ctrlKey, shiftKey }) {
  const isOther = key.length === 1 && !/^[ -~]$/.test(key);
  const place = code.match(/^(?:Key|Digit)(.)$/)?.[1];
  const name = ((altKey || isOther) && place ? place : key).toLowerCase();
  if (altKey && !ctrlKey && !shiftKey) return `alt+${name}`;
  if (ctrlKey && !altKey) return `ctrl+${shiftKey ? "shift+" : ""}${name}`;
  return altKey || ctrlKey ? "" : name;
}

/** One letter, digit or sign. @param {string} name */
function isPlain(name) {
  return name.length === 1;
}

/** Also the key that begins it. @param {KeyboardEvent} event */
export function isComposing(event) {
  return event.isComposing || event.keyCode === 229;
}

/** @param {EventTarget | null} target @param {string} kinds */
function isIn(target, kinds) {
  return target instanceof Element && target.closest(kinds) !== null;
}

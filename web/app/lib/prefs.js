/**
 * What this browser remembers: name, devices, on/off, theme. Works (forgetfully) where storage is forbidden. What the address
 * asks for holds for this visit, and is not remembered unless the user chooses it.
 */

import { optionsOf } from "./options.js";

/**
 * @typedef {object} Prefs
 * @property {string} name
 * @property {boolean} micOn
 * @property {boolean} camOn
 * @property {string} mic  device ids
 * @property {string} cam
 * @property {string} speaker
 * @property {"system" | "light" | "dark"} theme
 * @property {number} receiveCap  the most lines of any picture, 0: no cap
 * @property {number} sendCap
 * @property {boolean} audioOnly
 * @property {boolean} knockSound  a host hears when somebody waits
 * @property {boolean} handSound  a host hears when somebody raises a hand
 * @property {boolean} joinSound  one hears who joins, in small meetings
 * @property {boolean} shortcuts  single letters are keys
 * @property {string} language  of `LANGUAGES`, empty: like the browser
 * @property {"none" | "blur"} background  behind one in one's own picture
 * @property {boolean} motion  a shared screen is smooth rather than sharp
 * @property {"grid" | "speaker"} layout
 * @property {boolean} selfHidden  one's own picture is not shown to oneself
 * @property {boolean} [captions]  shown where a meeting has them; not where not given
 * @property {"small" | "medium" | "large"} [captionSize]  medium where not given
 * @property {boolean} [captionsSpoken]  screen readers say them
 * @property {string} selfCorner  `bottom-end`, `top-start`, ...: where it stands in larger meetings
 */

const KEY = "treble.prefs";

/** @type {Prefs} */
const DEFAULTS = {
  name: "",
  micOn: true,
  camOn: true,
  mic: "",
  cam: "",
  speaker: "",
  theme: "system",
  receiveCap: 0,
  sendCap: 0,
  audioOnly: false,
  motion: false,
  background: "none",
  language: "",
  knockSound: true,
  handSound: true,
  joinSound: true,
  shortcuts: true,
  layout: "grid",
  selfHidden: false,
  selfCorner: "bottom-end",
};

/** @type {Prefs} */
const remembered = { ...DEFAULTS, ...read(KEY, () => localStorage) };
export const options = optionsOf(globalThis.location?.search ?? "", globalThis.top !== globalThis.self);
/** @type {Prefs} */
export const prefs = { ...remembered, ...options.prefs };

/** @param {Partial<Prefs>} changes */
export function remember(changes) {
  Object.assign(remembered, changes);
  write(KEY, remembered, () => localStorage);
  useNow(changes);
}

/** For this visit. @param {Partial<Prefs>} changes */
export function useNow(changes) {
  Object.assign(prefs, changes);
  for (const listener of listeners) listener(changes);
}

/** @type {Set<(changes: Partial<Prefs>) => void>} */
const listeners = new Set();

/** Of what is chosen from now on. @param {(changes: Partial<Prefs>) => void} listener @returns {() => void}  stops it */
export function onRemember(listener) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** @param {string} key @param {() => Storage} storage @returns {any} */
function read(key, storage) {
  try {
    return JSON.parse(storage().getItem(key) ?? "{}") ?? {};
  } catch {
    return {};
  }
}

/** @param {string} key @param {unknown} value @param {() => Storage} storage */
function write(key, value, storage) {
  try {
    if (value === null) storage().removeItem(key);
    else storage().setItem(key, JSON.stringify(value));
  } catch {
    // private windows and full disks: this visit remembers, the next does not
  }
}

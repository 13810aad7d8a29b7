/** What is received and sent at most, as fields; each choice holds at once. */

import { h } from "../lib/dom.js";
import { prefs } from "../lib/prefs.js";
import { RECEIVE_CHOICES, SEND_CHOICES } from "../lib/quality.js";
import { t } from "../lib/strings.js";
import { field } from "./controls.js";
import { checkField } from "./dialog.js";
import { capWords } from "./tile-options.js";

/**
 * @typedef {object} Quality
 * @property {(cap: number) => void} receive
 * @property {(cap: number) => void} send
 * @property {(on: boolean) => void} audioOnly
 * @property {(on: boolean) => void} motion
 */

/**
 * @param {Quality} act
 * @param {{publishes: boolean, shares: boolean}} own  what this participant can do
 * @param {string} prefix  of the ids
 */
export function qualityFields(act, { publishes, shares }, prefix) {
  return [
    capField(`${prefix}receive`, "quality.receive", RECEIVE_CHOICES, prefs.receiveCap, act.receive),
    publishes && capField(`${prefix}send`, "quality.send", SEND_CHOICES, prefs.sendCap, act.send),
    publishes && h("p", { class: "hint" }, t("quality.send.hint")),
    check(`${prefix}audio-only`, "quality.audio-only", prefs.audioOnly, act.audioOnly),
    shares && check(`${prefix}motion`, "quality.motion", prefs.motion, act.motion),
  ];
}

/** @param {string} id @param {string} label @param {number[]} caps @param {number} current @param {(cap: number) => void} choose */
function capField(id, label, caps, current, choose) {
  const options = caps.map((cap) => h("option", { value: cap }, capWords(cap)));
  const select = h("select", { id, onchange: () => choose(Number(select.value)) }, ...options);
  select.value = String(current);
  return field(t(label), select);
}

/** @param {string} id @param {string} key @param {boolean} on @param {(on: boolean) => void} choose */
function check(id, key, on, choose) {
  const { element, box } = checkField(id, t(key), on, t(`${key}.hint`));
  box.onchange = () => choose(box.checked);
  return element;
}

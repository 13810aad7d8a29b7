/** What is received and sent at most: one dialog, also by the key A. Each choice holds at once. */

import { h } from "../lib/dom.js";
import { prefs } from "../lib/prefs.js";
import { RECEIVE_CHOICES, SEND_CHOICES } from "../lib/quality.js";
import { t } from "../lib/strings.js";
import { button, field } from "./controls.js";
import { capWords } from "./tile-options.js";

/**
 * @typedef {object} Quality
 * @property {(cap: number) => void} receive
 * @property {(cap: number) => void} send
 * @property {(on: boolean) => void} audioOnly
 * @property {(on: boolean) => void} motion
 */

/**
 * @param {HTMLElement} parent
 * @param {Quality} act
 * @param {{publishes: boolean, shares: boolean}} own  what this participant can do
 */
export function openQualityDialog(parent, act, { publishes, shares }) {
  const done = button(t("close"), { class: "button primary", onclick: () => dialog.close() });
  const dialog = h(
    "dialog",
    { class: "dialog card", id: "quality-dialog", "aria-labelledby": "quality-title" },
    h("h2", { id: "quality-title" }, t("more.quality")),
    h(
      "div",
      { class: "quality-fields" },
      capField("quality-receive", "quality.receive", RECEIVE_CHOICES, prefs.receiveCap, act.receive),
      publishes && capField("quality-send", "quality.send", SEND_CHOICES, prefs.sendCap, act.send),
      publishes && h("p", { class: "hint" }, t("quality.send.hint")),
      check("quality-audio-only", t("quality.audio-only"), t("quality.audio-only.hint"), prefs.audioOnly, act.audioOnly),
      shares && check("quality-motion", t("quality.motion"), t("quality.motion.hint"), prefs.motion, act.motion),
    ),
    h("div", { class: "row end" }, done),
  );
  const before = document.activeElement;
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (before instanceof HTMLElement) before.focus();
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  parent.append(dialog);
  dialog.showModal();
}

/** @param {string} id @param {string} label @param {number[]} caps @param {number} current @param {(cap: number) => void} choose */
function capField(id, label, caps, current, choose) {
  const options = caps.map((cap) => h("option", { value: cap }, capWords(cap)));
  const select = h("select", { id, onchange: () => choose(Number(select.value)) }, ...options);
  select.value = String(current);
  return field(t(label), select);
}

/** @param {string} id @param {string} label @param {string} hint @param {boolean} on @param {(on: boolean) => void} choose */
function check(id, label, hint, on, choose) {
  const box = h("input", { id, type: "checkbox", checked: on, "aria-describedby": `${id}-hint`, onchange: () => choose(box.checked) });
  return h("div", { class: "check" }, h("label", { for: id }, box, h("span", {}, label)), h("p", { class: "hint", id: `${id}-hint` }, hint));
}

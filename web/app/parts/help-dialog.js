/** The keys of the call, in groups; what `?` opens. */

import { h } from "../lib/dom.js";
import { prefs } from "../lib/prefs.js";
import { t } from "../lib/strings.js";
import { button } from "./controls.js";
import { openDialog } from "./dialog.js";

/** Keys of one line, and the key of its words. @type {[string, [string[], string][]][]} */
const GROUPS = [
  ["help.own", [[["M"], "help.mic"], [["V"], "help.camera"], [["help.space"], "help.hold"], [["D"], "help.share"], [["R"], "help.hand"], [["Alt", "1–6"], "help.react"]]],
  ["help.panels", [[["C"], "help.chat"], [["P"], "help.people"], [["Ctrl", "Shift", "L"], "help.waiting"], [["Esc"], "help.escape"]]],
  ["help.view", [[["W"], "help.layout"], [["S"], "help.full"], [["0–9"], "help.pin"], [["PageUp", "PageDown"], "help.page"], [["A"], "help.quality"], [["T"], "help.statistics"], [["?"], "help.help"]]],
];

/** @param {HTMLElement} parent */
export function openHelp(parent) {
  openDialog(parent, { id: "help-dialog", class: "wide", title: t("help.title") }, (close) => [
    prefs.shortcuts ? null : h("p", { class: "hint" }, t("help.off")),
    h("div", { class: "help-groups" }, ...GROUPS.map(group)),
    h("div", { class: "row end" }, button(t("close"), { id: "help-close", class: "button primary", onclick: close })),
  ]);
}

/** @param {[string, [string[], string][]]} group */
function group([title, lines]) {
  const rows = lines.map(([keys, words]) => h("div", {}, h("dt", {}, ...keys.flatMap(cap)), h("dd", {}, t(words))));
  return h("section", {}, h("h3", {}, t(title)), h("dl", { class: "help" }, ...rows));
}

/** @param {string} key @param {number} at */
function cap(key, at) {
  const cap = h("kbd", {}, key.startsWith("help.") ? t(key) : key);
  return at ? [" ", cap] : [cap];
}

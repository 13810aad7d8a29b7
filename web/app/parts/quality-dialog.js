/** What is received and sent at most: one dialog, also by the key A. */

import { h } from "../lib/dom.js";
import { t } from "../lib/strings.js";
import { button } from "./controls.js";
import { openDialog } from "./dialog.js";
import { qualityFields } from "./quality-fields.js";

/**
 * @param {HTMLElement} parent
 * @param {import("./quality-fields.js").Quality} act
 * @param {{publishes: boolean, shares: boolean}} own  what this participant can do
 */
export function openQualityDialog(parent, act, own) {
  openDialog(parent, { id: "quality-dialog", title: t("more.quality") }, (close) => [
    h("div", { class: "quality-fields" }, .../** @type {Node[]} */ (qualityFields(act, own, "quality-").filter(Boolean))),
    h("div", { class: "row end" }, button(t("close"), { class: "button primary", onclick: close })),
  ]);
}

/** Two cards of the call: one is alone, one goes without video. */

import { h } from "../lib/dom.js";
import { t } from "../lib/strings.js";
import { button } from "./controls.js";

/** @param {() => void} copy */
export function aloneCard(copy) {
  return h(
    "div",
    { class: "alone", id: "alone", hidden: true },
    h("p", {}, t("people.alone")),
    button(t("more.copy"), { id: "alone-copy", class: "button primary", onclick: copy }, "copy"),
  );
}

/** @param {() => void} show */
export function blindCard(show) {
  const back = button(t("audio-only.off"), { id: "audio-only-off", class: "button", onclick: show });
  return h("div", { class: "blind", id: "audio-only-bar", role: "status", hidden: true }, h("p", {}, t("audio-only.on")), back);
}

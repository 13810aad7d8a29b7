/** The line above the stage: which meeting, for how long, and which page of it. */

import { duration } from "../lib/clock.js";
import { h } from "../lib/dom.js";
import { t } from "../lib/strings.js";

/** @param {string} room @param {HTMLElement[]} more  at its end */
export function topStrip(room, ...more) {
  const since = Date.now();
  const time = h("span", { id: "timer", class: "timer", role: "timer", "aria-label": t("call.time") });
  const show = () => (time.textContent = duration(Date.now() - since));
  const timer = setInterval(show, 1000);
  show();
  const element = h("header", { class: "strip" }, h("h1", { title: room }, t("call.title")), time, ...more);
  return { element, close: () => clearInterval(timer) };
}

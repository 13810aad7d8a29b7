/** The line above the stage: which meeting, and for how long. */

import { duration } from "../lib/clock.js";
import { h } from "../lib/dom.js";
import { t } from "../lib/strings.js";

/** @param {string} room */
export function topStrip(room) {
  const since = Date.now();
  const time = h("span", { id: "timer", class: "timer", role: "timer", "aria-label": t("call.time") });
  const show = () => (time.textContent = duration(Date.now() - since));
  const timer = setInterval(show, 1000);
  show();
  const element = h("header", { class: "strip" }, h("h1", { title: room }, room), time);
  return { element, close: () => clearInterval(timer) };
}

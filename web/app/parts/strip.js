/** The line above the stage: which meeting, for how long, whether it is locked, and which page of it. */

import { duration } from "../lib/clock.js";
import { h, icon } from "../lib/dom.js";
import { t } from "../lib/strings.js";

/** @param {string} room @param {Node[]} more  at its end */
export function topStrip(room, ...more) {
  const since = Date.now();
  const title = h("h1", { title: room, dir: "auto" }, t("call.title"));
  const time = h("span", { id: "timer", class: "timer", role: "timer", "aria-label": t("call.time") });
  const lock = h("p", { class: "lock-badge", id: "lock-badge", title: t("meeting.locked.hint"), hidden: true }, icon("lock"), h("span", {}, t("meeting.locked")));
  const show = () => (time.textContent = duration(Date.now() - since));
  const timer = setInterval(show, 1000);
  show();
  const element = h("header", { class: "strip" }, title, time, lock, h("span", { class: "strip-space" }), ...more);

  /** @param {{title: string, locked: boolean}} about */
  function update({ title: words, locked }) {
    title.textContent = words || t("call.title");
    title.title = words || room;
    lock.hidden = !locked;
  }
  return { element, update, close: () => clearInterval(timer) };
}

/** The host's word of who wants to join: name, guest or verified address, how long; admit, refuse, all, or see all. */

import { h } from "../lib/dom.js";
import { t } from "../lib/strings.js";
import { avatar } from "../lib/avatar.js";
import { button } from "./controls.js";
import { doorButtons, waiterWords } from "./waiter-row.js";

/** @typedef {import("/sdk/host-types.js").Waiter} Waiter */

const ALL_FROM = 3; // from so many on they can be let in together
const AGAIN_MS = 5_000;

/** @param {import("./waiter-row.js").Door & {seeAll: () => void}} door */
export function doorBanner(door) {
  const face = h("span", {});
  const text = h("p", { role: "status" }); // without how long somebody waits
  const about = h("p", { class: "hint" });
  const row = h("div", { class: "row" });
  const element = h(
    "div",
    { class: "banner door", id: "door", hidden: true },
    face,
    h("div", { class: "door-words" }, text, about),
    row,
  );
  let shown = "";
  /** @type {Waiter[]} */
  let waiters = [];
  const timer = setInterval(tell, AGAIN_MS);

  function tell() {
    const [first] = waiters;
    if (first) about.textContent = waiterWords(first);
  }

  /** @param {Waiter[]} all  the longest first */
  function update(all) {
    waiters = [...all].sort((a, b) => a.since - b.since);
    element.hidden = waiters.length === 0;
    const now = waiters.map(({ participant, name }) => `${participant} ${name}`).join("\n");
    if (now === shown || !waiters.length) return;
    shown = now;
    const [first] = waiters;
    face.replaceChildren(avatar(first.participant, first.name, first.picture));
    text.textContent = t(waiters.length > 1 ? "door.more" : "door.one", { name: first.name, n: waiters.length - 1 });
    row.replaceChildren(...(waiters.length < ALL_FROM ? doorButtons(first, door, "door") : []), ...allButtons());
    tell();
  }

  function allButtons() {
    const see = button(t("door.see.all"), { id: "door-see-all", class: "button quiet", onclick: door.seeAll });
    const admit = button(t("door.admit.all"), { id: "door-admit-all", class: "button primary", onclick: () => door.admit(null) });
    if (waiters.length < 2) return [];
    return waiters.length < ALL_FROM ? [see] : [admit, see];
  }
  return { element, update, close: () => clearInterval(timer) };
}

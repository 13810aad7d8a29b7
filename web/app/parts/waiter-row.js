/** Somebody at the door: who it is as far as it is known, for how long, and what a host can do. */

import { avatar } from "../lib/avatar.js";
import { h } from "../lib/dom.js";
import { sinceWords } from "../lib/since.js";
import { t } from "../lib/strings.js";
import { button } from "./controls.js";

/**
 * @typedef {import("/sdk/host-types.js").Waiter} Waiter
 * @typedef {{admit: (ids: string[] | null) => void, refuse: (ids: string[] | null) => void}} Door
 */

/** A verified address, or that there is none; then how long. @param {Waiter} waiter */
export function waiterWords({ email, guest, since }) {
  return [...(email ? [email] : guest === false ? [] : [t("guest")]), sinceWords(since)].join(" · ");
}

/** @param {Waiter} waiter @param {Door} door @param {string} [id]  of the pair of buttons */
export function doorButtons({ participant, name }, door, id) {
  const admit = () => door.admit([participant]);
  const refuse = () => door.refuse([participant]);
  return [
    button(t("door.admit"), { id: id && `${id}-admit`, class: "button primary", "aria-label": t("door.admit.named", { name }), onclick: admit }),
    button(t("door.refuse"), { id: id && `${id}-refuse`, class: "button quiet", "aria-label": t("door.refuse.named", { name }), onclick: refuse }),
  ];
}

/** @param {Waiter} waiter @param {Door} door */
export function waiterRow(waiter, door) {
  const about = h("small", {});
  const name = h("span", { title: waiter.name, dir: "auto" }, waiter.name);
  const element = h(
    "li",
    { class: "person waiter", dataset: { participant: waiter.participant } },
    avatar(waiter.participant, waiter.name, waiter.picture),
    h("div", { class: "person-name" }, name, about),
    h("div", { class: "row" }, ...doorButtons(waiter, door)),
  );
  return { element, update: (/** @type {Waiter} */ now) => void (about.textContent = waiterWords(now)) };
}

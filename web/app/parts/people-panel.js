/** Who is here: who waits, raised hands in their order, hosts, everybody A to Z; with a search, and a menu for each. */

import { h } from "../lib/dom.js";
import { keyed } from "../lib/keyed.js";
import { locale, t } from "../lib/strings.js";
import { button } from "./controls.js";
import { groups, matches } from "./people-groups.js";
import { personRow } from "./person-row.js";
import { waiterRow } from "./waiter-row.js";

/**
 * @typedef {import("./people-model.js").Person} Person
 * @typedef {import("/sdk/host-types.js").Waiter} Waiter
 *
 * @typedef {object} PeopleActions
 * @property {() => void} copy
 * @property {import("./waiter-row.js").Door} door
 * @property {(opener: HTMLElement, person: Person) => void} open  the menu of a person
 * @property {(person: Person) => boolean} has  anything in it
 */

const AGAIN_MS = 10_000; // how long somebody waits grows

/** @param {PeopleActions} act */
export function peoplePanel(act) {
  const search = h("input", { id: "people-search", type: "search", dir: "auto", placeholder: t("people.search"), oninput: render });
  search.setAttribute("aria-label", t("people.search"));
  const copy = button(t("more.copy"), { id: "people-copy", class: "button", onclick: act.copy }, "copy");
  const none = h("p", { class: "hint" });
  const row = (/** @type {Person} */ person) => personRow(person, act);
  const admitAll = button(t("door.admit.all"), { id: "people-admit-all", class: "button quiet", onclick: () => act.door.admit(null) });
  const waiting = group("people.waiting", keyed(({ participant }) => participant, (/** @type {Waiter} */ one) => waiterRow(one, act.door)), admitAll);
  const hands = group("people.hands", keyed(({ id }) => id, row));
  const hosts = group("people.hosts", keyed(({ id }) => id, row));
  const others = group("people.call", keyed(({ id }) => id, row));
  const list = h("div", { class: "people-list" }, waiting.element, hands.element, hosts.element, others.element, none);
  const element = h("div", { id: "people-panel", hidden: true }, search, list, copy);
  /** @type {Person[]} */
  let people = [];
  /** @type {Waiter[]} */
  let waiters = [];
  const timer = setInterval(() => element.isConnected && !element.hidden && render(), AGAIN_MS);

  function render() {
    const found = groups(people, search.value);
    const atDoor = waiters.filter(({ name }) => matches(name, search.value)).sort((a, b) => a.name.localeCompare(b.name, locale()));
    search.hidden = people.length + waiters.length < 2;
    admitAll.hidden = atDoor.length < 3 || atDoor.length < waiters.length; // it admits all
    waiting.update(atDoor);
    hands.update(found.hands);
    hosts.update(found.hosts);
    others.update(found.others);
    const nobody = atDoor.length + found.hands.length + found.hosts.length + found.others.length === 0;
    none.textContent = nobody ? t("people.none") : people.length === 1 ? t("people.alone") : "";
  }

  return {
    element,
    close: () => clearInterval(timer),
    /** To who waits the longest. */
    focusWaiting() {
      /** @type {HTMLElement | null} */ (waiting.element.querySelector("button:not([hidden])"))?.focus();
    },
    /** @param {Person[]} all @param {Waiter[]} door */
    update(all, door) {
      [people, waiters] = [all, door];
      render();
    },
  };
}

/**
 * @template Item
 * @param {string} key
 * @param {{update: (holder: HTMLElement, items: Item[]) => void}} rows
 * @param {HTMLElement} [beside]
 */
function group(key, rows, beside) {
  const count = h("span", { class: "hint" });
  const list = h("ul", {});
  const head = h("div", { class: "group-head" }, h("h2", {}, t(key), " ", count), beside);
  const element = h("section", { hidden: true, dataset: { group: key } }, head, list);
  return {
    element,
    /** @param {Item[]} items */
    update(items) {
      element.hidden = items.length === 0;
      count.textContent = String(items.length);
      rows.update(list, items);
    },
  };
}

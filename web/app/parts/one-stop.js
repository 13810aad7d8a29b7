/**
 * Many things, one stop of the Tab key: inside it the arrows move (a "roving tabindex"), Home and End to the ends. The
 * buttons of a thing are for the pointer; it opens its own menu.
 */

import { arrowFrom } from "../lib/nearest.js";

/** @param {HTMLElement} holder  its children are the things */
export function oneStop(holder) {
  /** @type {Element | null} */
  let current = null;

  const things = () => /** @type {HTMLElement[]} */ ([...holder.children]);

  function update() {
    if (!current || current.parentElement !== holder) current = holder.firstElementChild;
    for (const thing of things()) {
      thing.tabIndex = thing === current ? 0 : -1;
      for (const control of thing.querySelectorAll("button")) control.tabIndex = -1;
    }
  }

  function focus() {
    /** @type {HTMLElement | null} */ (current)?.focus();
  }

  /** @param {KeyboardEvent} event */
  function move(event) {
    const all = things();
    const at = all.findIndex((thing) => thing.contains(document.activeElement));
    const to = at < 0 ? at : placeFrom(all, at, event.key);
    if (to === at || event.defaultPrevented) return;
    event.preventDefault();
    current = all[to];
    update();
    focus();
  }

  holder.addEventListener("keydown", move);
  holder.addEventListener("focusin", ({ target }) => {
    current = things().find((thing) => thing.contains(/** @type {Node} */ (target))) ?? current;
    update();
  });
  return { update, focus };
}

/** @param {HTMLElement[]} things @param {number} at @param {string} key */
function placeFrom(things, at, key) {
  if (key === "Home") return 0;
  if (key === "End") return things.length - 1;
  const rtl = getComputedStyle(things[at]).direction === "rtl";
  return arrowFrom(things.map((thing) => thing.getBoundingClientRect()), at, key, rtl);
}

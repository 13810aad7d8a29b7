/**
 * A menu under a button: arrows move, Enter chooses, Esc, Tab or a click elsewhere closes, and the focus goes back.
 * On a phone it is a sheet at the bottom (see `styles/menu.css`).
 */

import { h, icon } from "../lib/dom.js";

/**
 * @typedef {object} MenuItem
 * @property {string} text
 * @property {string} [icon]
 * @property {boolean} [checked]  one of its group
 * @property {boolean} [on]  a switch of its own
 * @property {string} [key]  does the same
 * @property {string} [shortcut]  likewise, and is said in the tooltip only
 * @property {string} [id]
 * @property {string} [label]  what the text alone does not say
 * @property {boolean} [danger]  destroys something
 * @property {() => void} choose
 *
 * @typedef {{title?: string, wide?: boolean, items: MenuItem[]}} MenuGroup  `wide`: side by side
 */

const MARGIN = 8;

/**
 * @param {HTMLElement} opener
 * @param {string} label
 * @param {MenuGroup[]} groups
 * @param {HTMLElement} back  where the focus goes when it closes
 */
export function openMenu(opener, label, groups, back = opener) {
  const menu = h("div", { class: "menu", role: "menu", "aria-label": label, popover: "auto" });
  for (const { title, wide, items } of groups.filter((group) => group.items.length)) {
    const rows = items.map((item) => row(item, () => menu.hidePopover()));
    menu.append(h("div", { role: "group", class: wide ? "side-by-side" : null, "aria-label": title ?? label }, title ? h("p", {}, title) : null, ...rows));
  }
  menu.addEventListener("keydown", (event) => moveFocus(event, menu));
  menu.addEventListener("toggle", (event) => {
    if (/** @type {ToggleEvent} */ (event).newState !== "closed") return;
    opener.setAttribute("aria-expanded", "false");
    if (menu.contains(document.activeElement) || document.activeElement === document.body) back.focus();
    menu.remove();
  });
  (opener.closest(".call") ?? document.body).append(menu);
  menu.showPopover();
  opener.setAttribute("aria-expanded", "true");
  keepAt(menu, opener);
  focusables(menu)[0]?.focus();
}

/** @param {MenuItem} item @param {() => void} close */
function row({ text, label, icon: name, checked, on, key, shortcut, id, danger, choose }, close) {
  const state = checked ?? on;
  const role = on !== undefined ? "menuitemcheckbox" : checked !== undefined ? "menuitemradio" : "menuitem";
  const onclick = () => {
    close();
    choose();
  };
  return h(
    "button",
    { type: "button", id, class: danger ? "danger" : null, role, "aria-label": label, title: shortcut ? `${label} (${shortcut})` : label, "aria-checked": state, "aria-keyshortcuts": key ?? shortcut, tabindex: -1, onclick },
    checked !== undefined ? icon(checked ? "check" : "none") : icon(on ? "check" : (name ?? "none")),
    h("span", {}, text),
    key ? h("kbd", { "aria-hidden": "true" }, key) : null,
  );
}

/** Beside its opener, also after the window has got another size. @param {HTMLElement} menu @param {HTMLElement} opener */
export function keepAt(menu, opener) {
  const onResize = () => (menu.isConnected ? placeAt(menu, opener) : removeEventListener("resize", onResize));
  addEventListener("resize", onResize);
  placeAt(menu, opener);
}

/** Above its button, inside the window. @param {HTMLElement} menu @param {HTMLElement} opener */
function placeAt(menu, opener) {
  const at = opener.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const centred = at.left + at.width / 2 - width / 2;
  const left = Math.min(Math.max(MARGIN, centred), innerWidth - width - MARGIN);
  const above = at.top - height - MARGIN;
  menu.style.left = `${left}px`;
  const below = Math.min(at.bottom + MARGIN, innerHeight - height - MARGIN);
  menu.style.top = `${Math.max(MARGIN, above > MARGIN ? above : below)}px`;
}

/** @param {HTMLElement} menu */
function focusables(menu) {
  return [...menu.querySelectorAll("button")];
}

/** @param {KeyboardEvent} event @param {HTMLElement} menu */
function moveFocus(event, menu) {
  if (event.key === "Tab") return menu.hidePopover(); // the focus is back at once, and goes on from there
  const rows = focusables(menu);
  const at = rows.findIndex((one) => one === document.activeElement);
  const ahead = getComputedStyle(menu).direction === "rtl" ? -1 : 1;
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, ArrowRight: at + ahead, ArrowLeft: at - ahead, Home: 0, End: rows.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  rows[(to + rows.length) % rows.length].focus();
}

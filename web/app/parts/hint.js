/** A few words at the control that they are about, with what can be done; on a phone a sheet. */

import { h } from "../lib/dom.js";
import { button } from "./controls.js";
import { keepAt } from "./menu.js";

/**
 * @param {HTMLElement} opener
 * @param {string} words
 * @param {{text: string, id?: string, choose: () => void}[]} ways
 */
export function openHint(opener, words, ways) {
  const buttons = ways.map(({ text, id, choose }) => {
    const onclick = () => {
      hint.hidePopover();
      choose();
    };
    return button(text, { id, class: "button primary", onclick });
  });
  const hint = h("div", { class: "menu hint-card", role: "dialog", "aria-label": words, popover: "auto" }, h("p", {}, words), h("div", { class: "row" }, ...buttons));
  hint.addEventListener("toggle", (event) => {
    if (/** @type {ToggleEvent} */ (event).newState !== "closed") return;
    if (hint.contains(document.activeElement) || document.activeElement === document.body) opener.focus();
    hint.remove();
  });
  (opener.closest(".call") ?? document.body).append(hint);
  hint.showPopover();
  keepAt(hint, opener);
  buttons[0]?.focus();
}

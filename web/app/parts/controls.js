/** The small controls that every screen is made of. */

import { h, icon, setLabel } from "../lib/dom.js";

/**
 * A button that shows only an icon; its label is its tooltip and its name.
 *
 * @param {{id?: string, icon: string, label: string, key?: string, class?: string, onclick?: (event: MouseEvent) => void,
 *   [attribute: string]: any}} options
 */
export function iconButton({ icon: name, label, key, class: classes = "", ...props }) {
  const button = h("button", { type: "button", class: `icon-button ${classes}`, ...props }, icon(name));
  setLabel(button, label, key);
  return button;
}

/**
 * @param {string} text
 * @param {{[attribute: string]: any}} [props]
 * @param {string} [iconName]
 */
export function button(text, props = {}, iconName) {
  return h("button", { type: "button", class: "button", ...props }, iconName ? icon(iconName) : null, h("span", {}, text));
}

/**
 * A labelled field with a place for its error.
 *
 * @param {string} label
 * @param {HTMLInputElement | HTMLSelectElement} control
 * @param {...Node} beside
 */
export function field(label, control, ...beside) {
  const error = h("p", { class: "field-error", id: `${control.id}-error`, role: "status", hidden: true });
  control.setAttribute("aria-describedby", error.id);
  return h(
    "div",
    { class: "field" },
    h("label", { for: control.id }, label),
    beside.length ? h("div", { class: "field-row" }, control, ...beside) : control,
    error,
  );
}

/**
 * Show what is wrong with a field, or nothing.
 *
 * @param {HTMLInputElement | HTMLSelectElement} control
 * @param {string} text
 */
export function setFieldError(control, text) {
  const error = control.closest(".field")?.querySelector(".field-error");
  if (!(error instanceof HTMLElement)) return;
  error.textContent = text;
  error.hidden = !text;
  if (text) control.setAttribute("aria-invalid", "true");
  else control.removeAttribute("aria-invalid");
}

/** A password that is chosen: long enough, and said so beforehand. */

import { h } from "../lib/dom.js";
import { t } from "../lib/strings.js";
import { passwordField } from "./password-field.js";

export const LEAST = 8; // characters, as the server asks

/** @param {string} id @param {string} [label] */
export function newPassword(id, label = t("password.new")) {
  const { input, element } = passwordField(label, { id, autocomplete: "new-password" });
  element.append(h("p", { class: "hint", id: `${id}-hint` }, t("password.hint", { n: LEAST })));
  input.setAttribute("aria-describedby", `${id}-hint ${id}-error`);
  return { input, element };
}

/** @param {HTMLInputElement} input */
export function unlessLong(input) {
  return [...input.value].length >= LEAST ? null : { input, text: t("password.short", { n: LEAST }) };
}

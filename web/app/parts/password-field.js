/** A password with "Show" beside it; pasting is welcome. */

import { h } from "../lib/dom.js";
import { t } from "../lib/strings.js";
import { button, field, setFieldError } from "./controls.js";

/**
 * @param {string} label
 * @param {{id: string, autocomplete: string, [attribute: string]: any}} options
 */
export function passwordField(label, options) {
  const input = h("input", {
    type: "password",
    spellcheck: "false",
    autocapitalize: "none",
    maxlength: 256,
    oninput: () => setFieldError(input, ""),
    ...options,
  });
  const show = button(t("password.show"), {
    class: "button quiet",
    "aria-controls": options.id,
    onclick: () => {
      const shown = input.type === "text";
      input.type = shown ? "password" : "text";
      show.textContent = t(shown ? "password.show" : "password.hide");
    },
  });
  return { input, element: field(label, input, show) };
}

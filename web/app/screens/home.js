/** Home: start a meeting, or join one by its link or code. */

import { h, icon } from "../lib/dom.js";
import { parseInvitation } from "../lib/link.js";
import { t } from "../lib/strings.js";
import { button, field, setFieldError } from "../parts/controls.js";

/**
 * @param {{start: () => void, join: (invitation: import("../lib/link.js").Invitation) => void}} go
 */
export function homeScreen(go) {
  const input = h("input", {
    id: "code",
    type: "text",
    autocomplete: "off",
    spellcheck: "false",
    autocapitalize: "none",
    placeholder: t("home.join.hint"),
    oninput: () => setFieldError(input, ""),
  });
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    const invitation = parseInvitation(input.value);
    if (invitation) return go.join(invitation);
    setFieldError(input, t("home.join.bad"));
    input.focus();
  };
  const element = h(
    "main",
    { class: "home" },
    brand(),
    h("h1", {}, t("home.title")),
    h("p", { class: "lead" }, t("home.lead")),
    button(t("home.new"), { id: "new-meeting", class: "button primary large", onclick: go.start }, "camera"),
    h("p", { class: "or" }, t("home.or")),
    h(
      "form",
      { class: "home-join", onsubmit: submit, novalidate: true },
      field(t("home.join.label"), input, button(t("home.join"), { type: "submit", id: "join-code" })),
    ),
  );
  return { element, close() {} };
}

/** The name of the product, on quiet screens. */
export function brand() {
  return h("p", { class: "brand" }, icon("treble"), h("span", {}, t("app.name")));
}

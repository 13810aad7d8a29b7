/** Allow or forbid one person something, beside what the settings say for all. */

import { choices } from "/sdk/permissions.js";
import { h } from "../lib/dom.js";
import { t } from "../lib/strings.js";
import { button, field } from "./controls.js";
import { openDialog } from "./dialog.js";

/** @typedef {import("/sdk/permissions.js").Verdict} Verdict */

const OFFERED = ["talk", "show", "share", "chat", "whisper", "files", "react", "hand", "history", "rename", "caption"];
const USUAL = "usual";

/**
 * @param {HTMLElement} parent
 * @param {import("./people-model.js").Person} person
 * @param {(action: string, verdict: Verdict | null) => void} permit
 */
export function openPermitDialog(parent, { name, role }, permit) {
  openDialog(parent, { id: "permit-dialog", title: t("permit.title", { name }) }, (close) => [
    h("div", { class: "permit-fields" }, ...OFFERED.map((action) => row(action, role, permit))),
    h("div", { class: "row end" }, button(t("close"), { class: "button primary", onclick: close })),
  ]);
}

/** @param {string} action @param {import("/sdk/types.js").Role} role @param {(action: string, verdict: Verdict | null) => void} permit */
function row(action, role, permit) {
  const select = h(
    "select",
    { id: `permit-${action}` },
    h("option", { value: "" }, t("permit.as-is")),
    h("option", { value: USUAL }, t("permit.usual")),
    ...choices(role, action).map((verdict) => h("option", { value: verdict }, t(`verdict.${verdict}`))),
  );
  select.onchange = () => {
    if (!select.value) return;
    permit(action, select.value === USUAL ? null : /** @type {Verdict} */ (select.value));
  };
  return field(t(`action.${action}`), select);
}

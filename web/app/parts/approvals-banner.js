/** What others ask a host for, one at a time, the oldest first. */

import { h } from "../lib/dom.js";
import { t } from "../lib/strings.js";
import { button } from "./controls.js";

/** @typedef {import("/sdk/host-types.js").Approval} Approval */

/** @param {(approval: string, allow: boolean) => void} decide */
export function approvalsBanner(decide) {
  const text = h("p", {});
  const more = h("p", { class: "hint" });
  const allow = button(t("asks.allow"), { id: "asks-allow", class: "button primary", onclick: () => answer(true) });
  const refuse = button(t("asks.refuse"), { id: "asks-refuse", class: "button quiet", onclick: () => answer(false) });
  const element = h(
    "div",
    { class: "banner", id: "asks", role: "status", hidden: true },
    h("div", { class: "door-words" }, text, more),
    h("div", { class: "row" }, allow, refuse),
  );
  /** @type {Approval[]} */
  let approvals = [];
  /** Answered here, and perhaps still in the list. @type {Set<string>} */
  const answered = new Set();

  /** @param {boolean} allowed */
  function answer(allowed) {
    const [first] = approvals;
    if (!first) return;
    answered.add(first.approval);
    decide(first.approval, allowed);
    update(approvals);
  }

  /** @param {Approval[]} all */
  function update(all) {
    approvals = all.filter(({ approval }) => !answered.has(approval));
    const [first] = approvals;
    element.hidden = !first;
    if (!first) return;
    text.textContent = t(`asks.${first.action}`, { name: first.name, value: first.value ?? "" });
    more.textContent = t("asks.more", { n: approvals.length - 1 });
    more.hidden = approvals.length < 2;
  }

  /** An answer that did not reach the server. @param {string} approval */
  function again(approval) {
    answered.delete(approval);
  }
  return { element, update, again };
}

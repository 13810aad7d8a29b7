/** Who may do what, as a table: an action a line, a role a column, and in each cell what a host may choose. */

import { CHANGEABLE_ACTIONS, choices, usual } from "/sdk/permissions.js";
import { h } from "../lib/dom.js";
import { t } from "../lib/strings.js";

/**
 * @typedef {import("/sdk/types.js").Role} Role
 * @typedef {import("/sdk/permissions.js").Verdict} Verdict
 * @typedef {import("/sdk/host-types.js").Policy} Policy
 */

/** @type {Role[]} */
const COLUMNS = ["co-host", "speaker", "viewer"];

/** @param {Policy} policy  as it is now */
export function policyTable(policy) {
  /** @type {{role: Role, action: string, select: HTMLSelectElement}[]} */
  const cells = [];

  /** @param {string} action @param {Role} role */
  function cell(action, role) {
    const now = policy[role]?.[action] ?? usual(role, action);
    const options = choices(role, action).map((verdict) => h("option", { value: verdict }, t(`verdict.${verdict}`)));
    const label = `${t(`action.${action}`)}, ${t(`role.${role}`)}`;
    const select = h("select", { id: `policy-${role}-${action}`, "aria-label": label, disabled: options.length < 2 }, ...options);
    select.value = now;
    select.dataset.verdict = now;
    select.onchange = () => (select.dataset.verdict = select.value);
    cells.push({ role, action, select });
    return h("td", { dataset: { role: t(`role.${role}`) } }, select);
  }

  const element = h(
    "table",
    { class: "policy", id: "policy" },
    h("thead", {}, h("tr", {}, h("td", {}), ...COLUMNS.map((role) => h("th", { scope: "col" }, t(`role.${role}`))))),
    h(
      "tbody",
      {},
      ...CHANGEABLE_ACTIONS.map((action) =>
        h("tr", {}, h("th", { scope: "row" }, t(`action.${action}`)), ...COLUMNS.map((role) => cell(action, role))),
      ),
    ),
  );

  /** What differs from what holds by itself. @returns {Policy} */
  function read() {
    /** @type {Policy} */
    const chosen = {};
    for (const { role, action, select } of cells) {
      if (select.value === usual(role, action)) continue;
      (chosen[role] ??= {})[action] = /** @type {Verdict} */ (select.value);
    }
    return chosen;
  }
  return { element, read };
}

/** One card of the account's page. */

import { h } from "../lib/dom.js";

/**
 * @param {string} id
 * @param {string} title
 * @param {...(Node | null | false)} children
 */
export function section(id, title, ...children) {
  const heading = h("h2", { id: `${id}-title` }, title);
  return h("section", { id, class: "card account-section", "aria-labelledby": heading.id }, heading, ...children);
}

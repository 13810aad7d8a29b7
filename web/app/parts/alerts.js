/** What a host has done to one or wants of one: said at once, with the way on, until it is answered. */

import { h } from "../lib/dom.js";
import { t } from "../lib/strings.js";
import { button, iconButton } from "./controls.js";

/**
 * @typedef {{text: string, choose: () => void, id?: string, quiet?: boolean}} Way
 */

export function alerts() {
  const element = h("div", { class: "alerts" });

  /** Take away what is said under this name. @param {string} name */
  function clear(name) {
    element.querySelector(`[data-alert="${name}"]`)?.remove();
  }

  /**
   * @param {string} name  the same name replaces what was said
   * @param {string} words
   * @param {Way[]} ways  each closes it
   * @param {"alert" | "status"} role
   */
  function say(name, words, ways, role = "status") {
    clear(name);
    const buttons = ways.map(({ text, choose, id, quiet }) => {
      const onclick = () => {
        clear(name);
        choose();
      };
      return button(text, { id, class: quiet ? "button quiet" : "button primary", onclick });
    });
    const close = iconButton({ icon: "close", label: t("close"), onclick: () => clear(name) });
    const row = h("div", { class: "row" }, ...buttons, ways.some(({ quiet }) => quiet) ? null : close);
    element.append(h("div", { class: "banner", role, dataset: { alert: name } }, h("p", {}, words), row));
  }
  return { element, say, clear };
}

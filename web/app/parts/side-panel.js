/** The panel on the right: tabs People, Chat and Settings, one of them at a time; on a phone a sheet over everything. */

import { h } from "../lib/dom.js";
import { options } from "../lib/prefs.js";
import { t } from "../lib/strings.js";
import { iconButton } from "./controls.js";

const STEPS = { ArrowRight: 1, ArrowLeft: -1 };

/**
 * @template {string} Name
 * @param {{[name in Name]: HTMLElement}} bodies  in the order of their tabs; each has an id
 * @param {{show: (name: Name) => void, close: () => void}} act
 */
export function sidePanel(bodies, act) {
  const names = /** @type {Name[]} */ (Object.keys(bodies)).filter((name) => !options.without.has(name));
  const tabs = names.map((name) => {
    const body = bodies[name];
    const tab = h("button", { type: "button", class: "tab", role: "tab", id: `tab-${name}`, "aria-controls": body.id, onclick: () => act.show(name) }, t(`panel.${name}`));
    body.classList.add("panel-body");
    body.setAttribute("role", "tabpanel");
    body.setAttribute("aria-labelledby", tab.id);
    return tab;
  });
  const list = h("div", { class: "tabs", role: "tablist", "aria-label": t("panel.label"), onkeydown: move }, ...tabs);
  const close = iconButton({ id: "panel-close", icon: "close", label: t("close"), key: "Esc", onclick: act.close });
  const element = h(
    "aside",
    { class: "panel", id: "panel", "aria-label": t("panel.label"), hidden: true },
    h("header", { class: "panel-head" }, list, close),
    ...names.map((name) => bodies[name]),
  );

  /** @param {KeyboardEvent} event */
  function move(event) {
    const at = tabs.findIndex((tab) => tab === document.activeElement);
    const step = STEPS[/** @type {keyof typeof STEPS} */ (event.key)] * (document.dir === "rtl" ? -1 : 1);
    const to = event.key === "Home" ? 0 : event.key === "End" ? tabs.length - 1 : (at + step + tabs.length) % tabs.length;
    if (at < 0 || Number.isNaN(to)) return;
    event.preventDefault();
    act.show(names[to]);
  }

  return {
    element,
    /** To the tab of what is open. */
    focus: () => /** @type {HTMLElement | null} */ (list.querySelector("[aria-selected=true]"))?.focus(),
    /** @param {Name | ""} open */
    update(open) {
      element.hidden = open === "";
      names.forEach((name, index) => {
        bodies[name].hidden = name !== open;
        tabs[index].setAttribute("aria-selected", String(name === open));
        tabs[index].tabIndex = name === open ? 0 : -1;
      });
    },
  };
}

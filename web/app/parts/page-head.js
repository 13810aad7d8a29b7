/** The head of the quiet screens: the product's name, and who is signed in. */

import { avatar } from "../lib/avatar.js";
import { h } from "../lib/dom.js";
import { t } from "../lib/strings.js";
import { brand } from "./brand.js";
import { button, iconButton } from "./controls.js";
import { withPart } from "./lazy.js";

/**
 * @typedef {object} Ways  where the page can go
 * @property {(path: string) => void} goTo
 * @property {() => void} signOut
 *
 * @typedef {{element: HTMLElement, close: () => void}} Head
 */

/**
 * @param {import("/sdk/session.js").Session} session
 * @param {Ways} ways
 * @param {{offers?: boolean, showsDevices?: boolean}} [options]  whether signing in is offered here; whether the screen
 *   shows the devices itself
 * @returns {Head}
 */
export function pageHead(session, ways, { offers = true, showsDevices = false } = {}) {
  const corner = h("div", { class: "head-corner" });
  const settings = iconButton({ id: "go-settings", icon: "settings", label: t("panel.settings"), "aria-haspopup": "dialog", onclick: openSettings });
  const render = () => corner.replaceChildren(settings, ...(session.kind === "account" ? [accountButton()] : offers ? [signInButton()] : []));

  function openSettings() {
    withPart(corner, () => import("./settings-dialog.js"), (part) => part.openSettings(document.body, { showsDevices }), "prejoin", "settings");
  }

  function signInButton() {
    return button(t("sign-in"), { id: "go-sign-in", class: "button quiet", onclick: () => ways.goTo("/account/sign-in") });
  }

  function accountButton() {
    const profile = /** @type {import("/sdk/session.js").Profile} */ (session.profile);
    const opener = h(
      "button",
      {
        id: "account-menu",
        type: "button",
        class: "button quiet account-button",
        "aria-haspopup": "menu",
        "aria-expanded": "false",
        title: profile.name,
        onclick: () => withPart(corner, () => import("./menu.js"), ({ openMenu }) => openMenu(opener, t("account.menu"), [{ items: items() }])),
      },
      avatar(profile.id, profile.name, profile.picture),
      h("span", { dir: "auto" }, profile.name),
    );
    return opener;
  }

  function items() {
    return [
      { id: "go-account", text: t("account.title"), icon: "show", choose: () => ways.goTo("/account/profile") },
      { id: "sign-out", text: t("sign-out"), icon: "leave", choose: ways.signOut },
    ];
  }

  const stop = session.on("changed", render);
  render();
  const home = h("a", { class: "brand-link", href: "/", title: t("home") }, brand());
  return { element: h("header", { class: "page-head" }, home, corner), close: stop };
}

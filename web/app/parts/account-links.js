/** Providers by which one may sign in. */

import { h } from "../lib/dom.js";
import { explain, t } from "../lib/strings.js";
import { button } from "./controls.js";
import { section } from "./section.js";

/** @param {import("./quiet-page.js").App} app */
export function linksSection(app) {
  const list = h("ul", { class: "account-list" });
  const error = h("p", { class: "error", id: "links-error", role: "alert", hidden: true });
  const element = section("links", t("account.links"), h("p", { class: "hint" }, t("account.links.hint")), list, error);
  element.hidden = true;

  async function load() {
    const [offered, linked] = await Promise.all([app.account.providers(), app.account.links()]);
    const rows = offered.map((provider) => row(provider, linked.some(({ id }) => id === provider.id)));
    list.replaceChildren(...rows);
    element.hidden = rows.length === 0;
  }

  /** @param {import("../lib/account.js").Provider} provider @param {boolean} isLinked */
  function row({ id, name }, isLinked) {
    const act = isLinked
      ? button(t("account.unlink"), { id: `unlink-${id}`, class: "button quiet", onclick: () => attempt(() => app.account.unlink(id)) })
      : button(t("account.link"), { id: `link-${id}`, class: "button quiet", onclick: () => attempt(() => app.account.goTo(id, { link: true })) });
    act.setAttribute("aria-label", t(isLinked ? "account.unlink.named" : "account.link.named", { provider: name }));
    const state = h("p", { class: "hint" }, t(isLinked ? "account.linked" : "account.unlinked"));
    return h("li", {}, h("div", {}, h("p", {}, name), state), act);
  }

  /** @param {() => Promise<unknown>} work */
  async function attempt(work) {
    error.hidden = true;
    try {
      await work();
      await load();
    } catch (failure) {
      error.textContent = explain(/** @type {any} */ (failure));
      error.hidden = false;
    }
  }

  attempt(async () => {});
  return element;
}

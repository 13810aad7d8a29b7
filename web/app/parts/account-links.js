/** Providers by which one may sign in. */

import { providerName } from "../lib/account.js";
import { h } from "../lib/dom.js";
import { explain, t } from "../lib/strings.js";
import { button } from "./controls.js";
import { section } from "./section.js";

/**
 * @param {import("./quiet-page.js").App} app
 * @param {import("/sdk/index.js").TrebleError | null} failed
 */
export function linksSection(app, failed) {
  const list = h("ul", { class: "account-list" });
  const error = h("p", { class: "error", id: "links-error", role: "status", hidden: true });
  const element = section("links", t("account.links"), h("p", { class: "hint" }, t("account.links.hint")), list, error);
  element.hidden = true;

  async function load() {
    const linked = app.session.profile?.providers ?? [];
    const all = new Set([...(await app.account.providers()), ...linked]);
    const rows = [...all].map((provider) => row(provider, linked.includes(provider)));
    list.replaceChildren(...rows);
    element.hidden = rows.length === 0;
  }

  /** @param {string} id @param {boolean} isLinked */
  function row(id, isLinked) {
    const name = providerName(id);
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
      show(/** @type {any} */ (failure));
    }
  }

  /** @param {import("/sdk/index.js").TrebleError} failure */
  function show(failure) {
    error.textContent = explain(failure);
    error.hidden = false;
  }

  load().catch(show);
  if (failed) show(failed);
  return element;
}

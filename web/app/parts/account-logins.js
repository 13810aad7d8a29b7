/** Where one is signed in, and the end of it. */

import { h } from "../lib/dom.js";
import { browserName } from "../lib/agent.js";
import { explain, locale, t } from "../lib/strings.js";
import { button } from "./controls.js";
import { section } from "./section.js";

/** @param {import("./quiet-page.js").App} app */
export function loginsSection(app) {
  const list = h("ul", { class: "account-list" });
  const error = h("p", { class: "error", id: "logins-error", role: "status", hidden: true });
  const others = button(t("account.logins.others"), {
    id: "revoke-others",
    class: "button quiet",
    onclick: () => attempt(() => app.account.revokeOthers()),
  });
  others.hidden = true;

  async function load() {
    const logins = await app.account.logins();
    logins.sort((one, other) => Number(other.current) - Number(one.current) || other.used_at - one.used_at);
    list.replaceChildren(...logins.map(row));
    others.hidden = logins.length < 2;
  }

  /** @param {import("../lib/account.js").Login} login */
  function row({ id, current, agent, address, used_at: used }) {
    const name = browserName(agent) ?? t("account.browser.unknown");
    const when = current ? t("account.here") : t("account.seen", { when: new Date(used * 1000).toLocaleString(locale()) });
    const revoke = button(t("account.revoke"), {
      class: "button quiet revoke",
      "aria-label": t("account.revoke.named", { browser: name }),
      onclick: () => attempt(() => app.account.revoke(id)),
    });
    const words = h("div", {}, h("p", {}, name), h("p", { class: "hint" }, [when, address].filter(Boolean).join(" · ")));
    return h("li", { dataset: { current: String(current) } }, words, current ? null : revoke);
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
  return section("logins", t("account.logins"), list, error, h("div", { class: "row" }, others));
}

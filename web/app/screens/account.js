/** One's account: who one is, how one signs in, where one is signed in, and the way out. */

import { h } from "../lib/dom.js";
import { t } from "../lib/strings.js";
import { deleteSection } from "../parts/account-delete.js";
import { linksSection } from "../parts/account-links.js";
import { loginsSection } from "../parts/account-logins.js";
import { mailSection } from "../parts/account-mail.js";
import { passwordSection } from "../parts/account-password.js";
import { personSection } from "../parts/account-person.js";
import { pageHead } from "../parts/page-head.js";

/**
 * @param {import("../parts/quiet-page.js").App} app
 * @param {import("/sdk/index.js").TrebleError | null} failed  why a provider was not added
 */
export function accountScreen(app, failed) {
  const head = pageHead(app.session, app);
  const title = h("h1", { tabindex: -1 }, t("account.title"));
  const parts = [personSection, mailSection, passwordSection, linksSection, loginsSection, deleteSection].map((make) =>
    make(app, failed),
  );
  const element = h(
    "main",
    { class: "account-page" },
    head.element,
    h("div", { class: "account-sections" }, title, ...parts),
  );
  return { element, focus: () => title.focus(), close: head.close };
}

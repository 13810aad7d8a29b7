/** A screen of one card under the page's head: signing in, and what comes of mails. */

import { h } from "../lib/dom.js";
import { explain } from "../lib/strings.js";
import { pageHead } from "./page-head.js";

/**
 * @typedef {object} App  what every screen of the account is given
 * @property {import("/sdk/session.js").Session} session
 * @property {import("../lib/account.js").Account} account
 * @property {(path: string) => void} goTo
 * @property {() => void} goOn  back to where signing in was asked for
 * @property {() => void} signOut
 *
 * @typedef {object} QuietPage
 * @property {string} title
 * @property {(Node | null | false)[]} children
 * @property {HTMLElement | null} [focus]
 * @property {import("/sdk/index.js").TrebleError | null} [failed]
 * @property {string} [news]
 * @property {string} [loss]  what has ended, without anybody's mistake
 */

/** @param {App} app @param {QuietPage} page */
export function quietPage(app, { title, children, focus = null, failed = null, news = "", loss = "" }) {
  const head = pageHead(app.session, app, { offers: false });
  const words = failed ? explain(failed) : "";
  const error = h("p", { class: "error", id: "page-error", role: "status", hidden: !failed }, words);
  const told = h("p", { class: loss ? "notice" : "good", id: "page-news", role: "status", hidden: !news && !loss }, loss || news);
  if (failed) error.dataset.code = failed.code;
  const card = h("div", { class: "card quiet-card" }, h("h1", { tabindex: -1 }, title), error, told, ...children);
  const element = h("main", { class: "quiet-page" }, head.element, card);
  return { element, focus: () => (focus ?? card.querySelector("h1"))?.focus(), close: head.close };
}

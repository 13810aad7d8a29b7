/** An e-mail's proof: waits for the link of the mail, or takes its code. A link needs a click: scanners follow links too. */

import { h } from "../lib/dom.js";
import { t } from "../lib/strings.js";
import { button } from "../parts/controls.js";
import { form } from "../parts/form.js";
import { quietPage } from "../parts/quiet-page.js";

/** @param {import("../parts/quiet-page.js").App} app @param {string} code  of the mail; "": none yet */
export function verifyScreen(app, code) {
  return code ? prove(app, code) : waitForMail(app);
}

/** @param {import("../parts/quiet-page.js").App} app @param {string} code */
function prove(app, code) {
  const { element, button: go } = form({
    id: "verify",
    submit: t("verify.now"),
    submitClass: "button primary large",
    fields: [],
    send: async () => {
      await app.account.verify(code);
      app.goOn();
    },
  });
  return quietPage(app, { title: t("verify.title"), children: [h("p", {}, t("verify.lead")), element], focus: go });
}

/** @param {import("../parts/quiet-page.js").App} app */
function waitForMail(app) {
  const email = app.session.profile?.email ?? app.account.awaited;
  const { element } = form({
    id: "verify-again",
    submit: t("verify.again"),
    submitClass: "button quiet",
    fields: [],
    send: async () => {
      await app.account.sendVerification();
      return t("verify.sent");
    },
    beside: [button(t("verify.later"), { id: "verify-later", class: "button link", onclick: app.goOn })],
  });
  return quietPage(app, {
    title: t("verify.wait.title"),
    children: [
      h("p", {}, email ? t("verify.wait", { email }) : t("verify.wait.unknown")),
      h("p", { class: "hint" }, t("verify.wait.hint")),
      app.session.kind === "account" ? element : h("div", { class: "row" }, button(t("home"), { onclick: app.goOn })),
    ],
  });
}

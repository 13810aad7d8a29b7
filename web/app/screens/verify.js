/** An e-mail's proof: says to look for the mail, or takes its code. It needs a click, because scanners follow links too. */

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
      app.account.awaited = await app.account.verify(code);
      if (app.session.kind === "account") return app.goOn();
      app.account.news = t("verify.done");
      app.goTo("/account/sign-in");
    },
  });
  return quietPage(app, { title: t("verify.title"), children: [h("p", {}, t("verify.lead")), element], focus: go });
}

/** @param {import("../parts/quiet-page.js").App} app */
function waitForMail(app) {
  const email = app.account.awaited;
  return quietPage(app, {
    title: t("verify.wait.title"),
    children: [
      h("p", {}, email ? t("verify.wait", { email }) : t("verify.wait.unknown")),
      h("p", { class: "hint" }, t("verify.wait.hint")),
      h(
        "div",
        { class: "row" },
        button(t("verify.later"), { id: "verify-later", class: "button primary", onclick: app.goOn }),
        button(t("verify.again"), { id: "verify-again", class: "button quiet", onclick: () => app.goTo("/account/sign-up") }),
      ),
    ],
  });
}

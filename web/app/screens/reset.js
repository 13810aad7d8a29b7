/** A forgotten password: asks for the mail, and, with the code of that mail, for a new password. */

import { h } from "../lib/dom.js";
import { t } from "../lib/strings.js";
import { button, field } from "../parts/controls.js";
import { emailInput, form, unlessEmail } from "../parts/form.js";
import { newPassword, unlessLong } from "../parts/new-password.js";
import { quietPage } from "../parts/quiet-page.js";

/** @param {import("../parts/quiet-page.js").App} app @param {string} code  of the mail; "": none yet */
export function resetScreen(app, code) {
  return code ? chooseAnew(app, code) : askForMail(app);
}

/** The same words whether the address is known or not. @param {import("../parts/quiet-page.js").App} app */
function askForMail(app) {
  const email = emailInput("email");
  const { element } = form({
    id: "reset",
    submit: t("reset.send"),
    submitClass: "button primary large",
    fields: [field(t("email"), email)],
    missing: () => unlessEmail(email),
    send: async () => {
      await app.account.requestReset(email.value.trim());
      return t("reset.sent", { email: email.value.trim() });
    },
    beside: [button(t("reset.back"), { id: "go-sign-in-back", class: "button link", onclick: () => app.goTo("/account/sign-in") })],
  });
  return quietPage(app, {
    title: t("reset.title"),
    children: [h("p", { class: "hint" }, t("reset.lead")), element],
    focus: email,
  });
}

/** @param {import("../parts/quiet-page.js").App} app @param {string} code */
function chooseAnew(app, code) {
  const password = newPassword("password");
  const { element } = form({
    id: "reset-new",
    submit: t("reset.set"),
    submitClass: "button primary large",
    fields: [password.element],
    missing: () => unlessLong(password.input),
    send: async () => {
      app.account.awaited = await app.account.reset(code, password.input.value);
      app.account.news = t("reset.done");
      app.goTo("/account/sign-in");
    },
    at: { "bad.password": password.input },
  });
  return quietPage(app, {
    title: t("reset.new.title"),
    children: [h("p", { class: "hint" }, t("reset.new.lead")), element],
    focus: password.input,
  });
}

/** Sign up with an e-mail and a password; the mail's link proves the address. */

import { h } from "../lib/dom.js";
import { prefs } from "../lib/prefs.js";
import { t } from "../lib/strings.js";
import { button, field, setFieldError } from "../parts/controls.js";
import { emailInput, form, unlessEmail, unlessFilled } from "../parts/form.js";
import { newPassword, unlessLong } from "../parts/new-password.js";
import { providerButtons } from "../parts/providers.js";
import { quietPage } from "../parts/quiet-page.js";

/** @param {import("../parts/quiet-page.js").App} app */
export function signUpScreen(app) {
  const name = h("input", {
    id: "name",
    type: "text",
    maxlength: 60,
    autocomplete: "name",
    value: prefs.name,
    oninput: () => setFieldError(name, ""),
  });
  const email = emailInput("email");
  const password = newPassword("password");
  const { element } = form({
    id: "sign-up",
    submit: t("sign-up"),
    submitClass: "button primary large",
    fields: [field(t("prejoin.name"), name), field(t("email"), email), password.element],
    missing: () =>
      unlessFilled(name, "prejoin.name.missing") ?? unlessEmail(email) ?? unlessLong(password.input),
    send: async () => {
      await app.account.signUp(name.value.trim(), email.value.trim(), password.input.value);
      app.goTo("/account/verify");
    },
    at: { "bad.name": name, "bad.email": email, "bad.password": password.input },
  });
  return quietPage(app, {
    title: t("sign-up.title"),
    children: [
      providerButtons(app.account),
      element,
      h(
        "div",
        { class: "other-ways" },
        h("p", { class: "hint" }, t("sign-up.old")),
        button(t("sign-up.have"), { id: "go-sign-in-instead", class: "button quiet", onclick: () => app.goTo("/account/sign-in") }),
      ),
    ],
    focus: name.value ? email : name,
  });
}

/** Sign in: by a provider, or by e-mail and password; or go on as a guest. */

import { h } from "../lib/dom.js";
import { t } from "../lib/strings.js";
import { button, field } from "../parts/controls.js";
import { emailInput, form, unlessEmail, unlessFilled } from "../parts/form.js";
import { passwordField } from "../parts/password-field.js";
import { providerButtons } from "../parts/providers.js";
import { quietPage } from "../parts/quiet-page.js";

/**
 * @param {import("../parts/quiet-page.js").App} app
 * @param {{failed?: import("/sdk/index.js").TrebleError | null}} [options]  why a provider's login failed
 */
export function signInScreen(app, { failed = null } = {}) {
  const email = emailInput("email", app.account.awaited);
  const password = passwordField(t("password"), { id: "password", autocomplete: "current-password" });
  const { element } = form({
    id: "sign-in",
    submit: t("sign-in"),
    submitClass: "button primary large",
    fields: [field(t("email"), email), password.element],
    missing: () => unlessEmail(email) ?? unlessFilled(password.input, "password.missing"),
    send: async () => {
      await app.session.signIn(email.value.trim(), password.input.value);
      app.goOn();
    },
    beside: [button(t("sign-in.forgot"), { id: "go-reset", class: "button link", onclick: () => app.goTo("/account/reset") })],
  });
  return quietPage(app, {
    title: t("sign-in.title"),
    failed,
    ...app.account.takeNews(),
    children: [
      providerButtons(app.account),
      element,
      h(
        "div",
        { class: "other-ways" },
        h("p", { class: "hint" }, t("sign-in.new")),
        button(t("sign-up"), { id: "go-sign-up", class: "button quiet", onclick: () => app.goTo("/account/sign-up") }),
        button(t("sign-in.guest"), { id: "as-guest", class: "button quiet", onclick: app.goOn }),
      ),
    ],
    focus: email.value ? password.input : email,
  });
}

/** The e-mail: whether it is proven, and another one. */

import { h } from "../lib/dom.js";
import { t } from "../lib/strings.js";
import { field } from "./controls.js";
import { emailInput, form, unlessEmail, unlessFilled } from "./form.js";
import { passwordField } from "./password-field.js";
import { section } from "./section.js";

/** @param {import("./quiet-page.js").App} app */
export function mailSection(app) {
  const profile = /** @type {import("/sdk/session.js").Profile} */ (app.session.profile);
  const email = emailInput("account-email");
  const password = passwordField(t("password"), { id: "mail-password", autocomplete: "current-password" });
  const change = form({
    id: "mail-change",
    submit: t("account.email.change"),
    submitClass: "button quiet",
    fields: [field(t("account.email.new"), email), profile.has_password && password.element],
    missing: () => unlessEmail(email) ?? (profile.has_password ? unlessFilled(password.input, "password.missing") : null),
    send: async () => {
      await app.account.changeEmail(email.value.trim(), password.input.value);
      password.input.value = "";
      return t("account.email.sent", { email: email.value.trim() });
    },
    at: { "bad.email": email, "login.wrong": password.input },
  });
  const badge = h("span", { class: profile.verified ? "badge ok" : "badge warn" }, t(profile.verified ? "account.verified" : "account.unverified"));
  return section(
    "mail",
    t("email"),
    profile.email ? h("p", { class: "account-email" }, h("span", {}, profile.email), badge) : h("p", { class: "hint" }, t("account.email.none")),
    change.element,
  );
}

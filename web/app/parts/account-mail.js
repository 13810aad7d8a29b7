/** The e-mail: whether it is proven, and another one. */

import { h } from "../lib/dom.js";
import { t } from "../lib/strings.js";
import { button, field } from "./controls.js";
import { emailInput, form, unlessEmail } from "./form.js";
import { section } from "./section.js";

/** @param {import("./quiet-page.js").App} app */
export function mailSection(app) {
  const profile = /** @type {import("/sdk/session.js").Profile} */ (app.session.profile);
  const email = emailInput("account-email");
  const again = form({
    id: "mail-verify",
    submit: t("verify.again"),
    submitClass: "button quiet",
    fields: [],
    send: async () => {
      await app.account.sendVerification();
      return t("verify.sent");
    },
  });
  const change = form({
    id: "mail-change",
    submit: t("account.email.change"),
    submitClass: "button quiet",
    fields: [field(t("account.email.new"), email)],
    missing: () => unlessEmail(email),
    send: async () => {
      await app.account.changeEmail(email.value.trim());
      return t("account.email.sent", { email: email.value.trim() });
    },
    at: { "bad.email": email },
  });
  const badge = h("span", { class: profile.verified ? "badge ok" : "badge warn" }, t(profile.verified ? "account.verified" : "account.unverified"));
  return section(
    "mail",
    t("email"),
    profile.email ? h("p", { class: "account-email" }, h("span", {}, profile.email), badge) : h("p", { class: "hint" }, t("account.email.none")),
    Boolean(profile.email && !profile.verified) && again.element,
    change.element,
  );
}

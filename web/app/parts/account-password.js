/** Another password, or the first one of an account that came by a provider. */

import { h } from "../lib/dom.js";
import { t } from "../lib/strings.js";
import { form, unlessFilled } from "./form.js";
import { newPassword, unlessLong } from "./new-password.js";
import { passwordField } from "./password-field.js";
import { section } from "./section.js";

/** @param {import("./quiet-page.js").App} app */
export function passwordSection(app) {
  const had = app.session.profile?.has_password ?? true;
  const old = passwordField(t("password.old"), { id: "password-old", autocomplete: "current-password" });
  // For password managers: whose password this is.
  const userName = h("input", { type: "email", autocomplete: "username", class: "unseen", tabindex: -1, "aria-hidden": true, readonly: true, value: app.session.profile?.email ?? "" });
  const fresh = newPassword("password-new");
  const { element } = form({
    id: "password-change",
    submit: t(had ? "password.change" : "password.set"),
    submitClass: "button quiet",
    fields: [userName, had && old.element, fresh.element],
    missing: () => (had && unlessFilled(old.input, "password.missing")) || unlessLong(fresh.input),
    send: async () => {
      await app.account.changePassword(had ? old.input.value : "", fresh.input.value);
      old.input.value = fresh.input.value = "";
      return t("password.changed");
    },
    at: { "login.wrong": old.input, "bad.password": fresh.input },
  });
  return section("password", t("password"), element);
}

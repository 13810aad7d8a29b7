/** The end of an account: said plainly, and confirmed. */

import { h } from "../lib/dom.js";
import { t } from "../lib/strings.js";
import { button } from "./controls.js";
import { openDialog } from "./dialog.js";
import { form, unlessFilled } from "./form.js";
import { passwordField } from "./password-field.js";
import { section } from "./section.js";

/** @param {import("./quiet-page.js").App} app */
export function deleteSection(app) {
  const open = button(t("account.delete"), { id: "account-delete", class: "button quiet danger-text", onclick: () => ask(app) });
  return section("delete", t("account.delete"), h("p", { class: "hint" }, t("account.delete.hint")), h("div", { class: "row" }, open));
}

/** @param {import("./quiet-page.js").App} app */
function ask(app) {
  const had = app.session.profile?.has_password ?? true;
  const password = passwordField(t("password"), { id: "delete-password", autocomplete: "current-password" });
  openDialog(document.body, { id: "delete-dialog", class: "stacked", title: t("account.delete.ask") }, (close) => {
    const { element } = form({
      id: "delete-form",
      submit: t("account.delete.now"),
      submitClass: "button danger",
      fields: [had && password.element],
      missing: () => (had ? unlessFilled(password.input, "password.missing") : null),
      send: async () => {
        await app.account.remove(had ? password.input.value : "");
        close();
        app.goTo("/");
      },
      at: { "login.wrong": password.input },
      cancel: button(t("cancel"), { id: "delete-cancel", class: "button quiet", onclick: close }),
    });
    return [h("p", {}, t("account.delete.hint")), element];
  });
}

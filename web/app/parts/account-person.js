/** Picture and name, as the others see them. */

import { avatar } from "../lib/avatar.js";
import { h } from "../lib/dom.js";
import { remember } from "../lib/prefs.js";
import { explain, t } from "../lib/strings.js";
import { button, field, setFieldError } from "./controls.js";
import { form, unlessFilled } from "./form.js";
import { withPart } from "./lazy.js";
import { section } from "./section.js";

const TYPES = "image/png,image/jpeg,image/webp";

/** @param {import("./quiet-page.js").App} app */
export function personSection(app) {
  const profile = /** @type {import("/sdk/session.js").Profile} */ (app.session.profile);
  const name = h("input", {
    id: "account-name",
    type: "text",
    maxlength: 60,
    autocomplete: "name",
    value: profile.name,
    oninput: () => setFieldError(name, ""),
  });
  const { element } = form({
    id: "rename",
    submit: t("save"),
    fields: [field(t("prejoin.name"), name)],
    missing: () => unlessFilled(name, "prejoin.name.missing"),
    send: async () => {
      await app.account.rename(name.value.trim());
      remember({ name: name.value.trim() });
      return t("saved");
    },
    at: { "bad.name": name },
  });
  return section("person", t("account.person"), pictureRow(app), element);
}

/** @param {import("./quiet-page.js").App} app */
function pictureRow(app) {
  const shown = h("div", { class: "account-picture" });
  const error = h("p", { class: "error", id: "picture-error", role: "status", hidden: true });
  const file = h("input", { id: "picture-file", type: "file", accept: TYPES, class: "unseen", tabindex: -1, onchange: chosen });
  file.setAttribute("aria-label", t("account.picture.choose"));
  const choose = button(t("account.picture.choose"), { id: "picture-choose", class: "button quiet", onclick: () => file.click() });
  const drop = button(t("account.picture.remove"), {
    id: "picture-remove",
    class: "button link",
    onclick: () => attempt(() => app.account.dropPicture()),
  });

  function render() {
    const { profile } = app.session;
    if (!profile) return;
    shown.replaceChildren(avatar(profile.id, profile.name, profile.picture));
    drop.hidden = !profile.picture;
  }

  async function chosen() {
    const [picked] = file.files ?? [];
    file.value = "";
    if (!picked) return;
    await withPart(shown, () => import("./crop-dialog.js"), ({ openCropDialog }) => attempt(async () => {
      const square = await openCropDialog(picked);
      if (square) await app.account.setPicture(square);
    }));
    choose.focus();
  }

  /** @param {() => Promise<unknown>} work */
  async function attempt(work) {
    error.hidden = true;
    try {
      await work();
      render();
    } catch (failure) {
      error.textContent = explain(/** @type {any} */ (failure));
      error.hidden = false;
    }
  }

  render();
  return h(
    "div",
    { class: "account-picture-row" },
    shown,
    h("div", { class: "account-picture-words" }, h("div", { class: "row" }, choose, drop), h("p", { class: "hint" }, t("account.picture.hint")), error),
    file,
  );
}

/** What a new meeting is to be like; untouched, it is as safe as the server makes it. */

import { h } from "../lib/dom.js";
import { t } from "../lib/strings.js";
import { field, setFieldError } from "./controls.js";

const ALIAS = /^[a-z0-9](?:[a-z0-9-]{1,58}[a-z0-9])$/;

/**
 * @typedef {object} Wishes  of `POST /api/rooms`; what is not there is as the server is configured
 * @property {string} [title]
 * @property {string} [alias]
 * @property {object} [settings]
 */

/** @param {{signedIn: boolean}} person */
export function meetingOptions({ signedIn }) {
  const title = h("input", { id: "meeting-title", type: "text", maxlength: 120, autocomplete: "off" });
  const alias = h("input", {
    id: "meeting-alias",
    type: "text",
    maxlength: 60,
    autocomplete: "off",
    spellcheck: "false",
    autocapitalize: "none",
    placeholder: t("options.alias.hint"),
    oninput: () => {
      setFieldError(alias, "");
      showLink();
    },
  });
  const ask = check("meeting-ask", "options.ask", true);
  const password = check("meeting-password", "options.password", true);
  const wait = check("meeting-wait", "options.wait", true);
  const keep = check("meeting-keep", "options.keep", false);
  const link = h("p", { class: "hint alias-link" });
  const aliasField = field(t("options.alias"), alias);
  aliasField.append(link);
  const element = h(
    "details",
    { class: "meeting-options", id: "meeting-options" },
    h("summary", {}, t("options")),
    h(
      "div",
      { class: "meeting-options-fields" },
      field(t("options.title"), title),
      signedIn && aliasField,
      ask.element,
      password.element,
      wait.element,
      signedIn && keep.element,
    ),
  );

  function showLink() {
    link.textContent = `${location.host}/r/${alias.value.trim() || t("options.alias.hint")}`;
  }

  /** What is wrong, said at its field. */
  function isComplete() {
    const wrong = alias.value.trim() && !ALIAS.test(alias.value.trim());
    setFieldError(alias, wrong ? t("options.alias.bad") : "");
    if (wrong) {
      element.open = true;
      alias.focus();
    }
    return !wrong;
  }

  /** @returns {Wishes} */
  function wishes() {
    const settings = {
      ...(ask.changed() && { policy: { speaker: { enter: "allow" }, viewer: { enter: "allow" } } }),
      ...(password.changed() && { has_password: false }),
      ...(wait.changed() && { wait_for_host: false }),
      ...(keep.changed() && { persistent: true }),
    };
    return {
      ...(title.value.trim() && { title: title.value.trim() }),
      ...(alias.value.trim() && { alias: alias.value.trim() }),
      ...(Object.keys(settings).length > 0 && { settings }),
    };
  }

  showLink();
  return { element, isComplete, wishes, alias };
}

/** @param {string} id @param {string} key @param {boolean} on */
function check(id, key, on) {
  const box = h("input", { id, type: "checkbox", checked: on, "aria-describedby": `${id}-hint` });
  const element = h(
    "div",
    { class: "check" },
    h("label", { for: id }, box, h("span", {}, t(key))),
    h("p", { class: "hint", id: `${id}-hint` }, t(`${key}.hint`)),
  );
  return { element, changed: () => box.checked !== on };
}

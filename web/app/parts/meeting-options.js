/** What a new meeting is to be like. Whoever opens the options gets what they show; untouched, the server decides. */

import { Encryption } from "/sdk/encryption.js";
import { h } from "../lib/dom.js";
import { t } from "../lib/strings.js";
import { field, setFieldError } from "./controls.js";
import { checkField } from "./dialog.js";

const ALIAS = /^[a-z0-9](?:[a-z0-9-]{1,58}[a-z0-9])$/;

/**
 * @typedef {object} Wishes  of `POST /api/rooms`
 * @property {string} [title]
 * @property {string} [alias]
 * @property {import("/sdk/host-types.js").Settings} [settings]
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
  const ask = checkField("meeting-ask", t("options.ask"), true, t("options.ask.hint"));
  const password = checkField("meeting-password", t("options.password"), true, t("options.password.hint"));
  const wait = checkField("meeting-wait", t("options.wait"), true, t("options.wait.hint"));
  const keep = checkField("meeting-keep", t("options.keep"), false, t("options.keep.hint"));
  const canSeal = Encryption.isSupported;
  const seal = checkField("meeting-e2ee", t("options.sealed"), false, t(canSeal ? "options.sealed.hint" : "options.sealed.unsupported"));
  seal.box.disabled = !canSeal;
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
      seal.element,
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

  let wereOpen = false;
  element.addEventListener("toggle", () => (wereOpen ||= element.open));

  /** @returns {Wishes} */
  function wishes() {
    if (!wereOpen && !element.open) return {}; // a browser tells `toggle` later
    const enter = ask.box.checked ? "ask" : "allow";
    return {
      title: title.value.trim(),
      ...(alias.value.trim() && { alias: alias.value.trim() }),
      settings: {
        persistent: keep.box.checked,
        has_password: password.box.checked,
        wait_for_host: wait.box.checked,
        e2ee: seal.box.checked,
        policy: { speaker: { enter }, viewer: { enter } },
      },
    };
  }

  showLink();
  return { element, isComplete, wishes, alias };
}

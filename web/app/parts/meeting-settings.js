/** The meeting's settings, for its host: title, invitation, entrance, who may do what. Saved together. */

import { h } from "../lib/dom.js";
import { invitationLink } from "../lib/link.js";
import { explain, t } from "../lib/strings.js";
import { button, field } from "./controls.js";
import { checkField, openDialog } from "./dialog.js";
import { policyTable } from "./policy-table.js";
import { rest } from "./rest.js";

/** @typedef {import("/sdk/room.js").Room} Room */

const TITLE_LENGTH = 120;

/** @param {HTMLElement} parent @param {Room} room @param {string | undefined} secret  of the link @param {() => void} saved */
export function openMeetingSettings(parent, { meeting, name: room }, secret, saved) {
  const { settings, title, locked } = meeting.about;
  const now = settings ?? {};
  openDialog(parent, { id: "meeting-settings", class: "wide", title: t("meeting.settings") }, (close) => {
    const name = h("input", { id: "settings-title", type: "text", maxlength: TITLE_LENGTH, value: title });
    const wait = checkField("settings-wait", t("settings.wait"), now.wait_for_host ?? true, t("settings.wait.hint"));
    const lock = checkField("settings-lock", t("settings.lock"), locked, t("settings.lock.hint"));
    const keep = checkField("settings-persistent", t("settings.persistent"), now.persistent ?? false, t("settings.persistent.hint"));
    const guests = checkField("settings-guests", t("settings.guests"), now.hand_over_to_guests ?? false, t("settings.guests.hint"));
    const seal = checkField("settings-e2ee", t("options.sealed"), now.e2ee ?? false, t("settings.sealed.hint"));
    const policy = policyTable(now.policy ?? {});
    const error = h("p", { class: "error", id: "settings-error", role: "status" });
    const save = button(t("settings.save"), { id: "settings-save", type: "submit", class: "button primary" });

    const submit = async (/** @type {Event} */ event) => {
      event.preventDefault();
      rest(save, true);
      try {
        const wanted = { wait_for_host: wait.box.checked, persistent: keep.box.checked, hand_over_to_guests: guests.box.checked, e2ee: seal.box.checked };
        await meeting.configure({ ...now, ...wanted, policy: policy.read() }, name.value.trim());
        if (lock.box.checked !== locked) await meeting.lock(lock.box.checked);
        close();
        saved();
      } catch (failure) {
        rest(save, false);
        error.textContent = t("settings.failed", { reason: explain(/** @type {import("/sdk/index.js").TrebleError} */ (failure)) });
      }
    };
    return [
      h(
        "form",
        { class: "settings-form", novalidate: true, onsubmit: submit },
        field(t("settings.title"), name),
        meeting.may("invite") && invitationPart(meeting, room, secret),
        section("settings.entrance", wait.element, lock.element, seal.element, keep.element, guests.element),
        section("settings.policy", h("p", { class: "hint" }, t("settings.policy.hint")), policy.element),
        h("div", { class: "row end settings-end" }, error, button(t("cancel"), { class: "button quiet", onclick: close }), save),
      ),
    ];
  });
}

/** @param {string} key @param {...Node} content */
function section(key, ...content) {
  return h("section", {}, h("h3", {}, t(key)), ...content);
}

/**
 * Link and password, once the server has told them.
 *
 * @param {Room["meeting"]} meeting
 * @param {string} room
 * @param {string | undefined} secret
 */
function invitationPart(meeting, room, secret) {
  const link = h("input", { id: "settings-link", type: "text", readonly: true });
  const password = h("input", { id: "settings-password", type: "text", readonly: true });
  const passwordField = field(t("settings.password"), password, copyButton(password));
  const element = section("settings.invitation", field(t("settings.link"), link, copyButton(link, "settings-copy")), passwordField);
  element.hidden = true;
  meeting.invitation().then(
    (told) => {
      password.value = told.password ?? "";
      link.value = invitationLink(location.origin, { room: told.room || room, password: password.value, secret });
      passwordField.hidden = !password.value;
      element.hidden = false;
    },
    () => {}, // the rest of the settings can do without
  );
  return element;
}

/** @param {HTMLInputElement} input @param {string} [id] */
function copyButton(input, id) {
  const copy = button(t("settings.copy"), { id, class: "button quiet" });
  copy.onclick = async () => {
    input.select();
    const copied = await navigator.clipboard?.writeText(input.value).then(() => true, () => false);
    if (copied) copy.lastElementChild?.replaceWith(h("span", {}, t("settings.copied")));
  };
  return copy;
}

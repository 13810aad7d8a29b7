/** The code to compare by voice, for whom encryption works, and what it leaves open; or the passphrase where it is missing. */

import { h } from "../lib/dom.js";
import { showInAddress } from "../lib/join.js";
import { rememberRoom } from "../lib/recent.js";
import { t } from "../lib/strings.js";
import { button } from "./controls.js";
import { openDialog } from "./dialog.js";
import { passwordField } from "./password-field.js";

/**
 * @typedef {import("/sdk/room.js").Room} Room
 * @typedef {import("../lib/link.js").Invitation} Invitation
 */

/** @param {HTMLElement} parent @param {Room} room @param {Invitation} invitation  gets the passphrase that is entered */
export function openSealedDialog(parent, room, invitation) {
  const needsSecret = room.encryption.state === "needs-secret";
  const title = t(needsSecret ? "sealed.enter.title" : "sealed.title");
  const form = (/** @type {() => void} */ close) => secretForm((secret) => use(room, invitation, secret), close);
  let stop = () => {};
  const dialog = openDialog(parent, { id: "sealed", title }, (close) => {
    if (needsSecret) return [form(close)];
    const shown = safety(room);
    stop = shown.close;
    const another = button(t("sealed.another"), {
      id: "sealed-another",
      class: "button quiet",
      onclick: () => {
        another.replaceWith(form(close));
        parent.querySelector(/** @type {"input"} */ ("#sealed-secret"))?.focus();
      },
    });
    return [shown.element, another, h("div", { class: "row end" }, button(t("close"), { id: "sealed-close", class: "button primary", onclick: close }))];
  });
  dialog.addEventListener("close", () => stop());
}

/** @param {Room} room */
function safety(room) {
  const { encryption } = room;
  const code = h("output", { id: "safety-code", class: "safety-code", dir: "ltr" });
  const others = h("ul", { class: "sealed-others" });
  const element = h(
    "div",
    { class: "sealed-body" },
    h("p", {}, t("sealed.code.how")),
    code,
    others,
    h("p", { class: "hint" }, t("sealed.open")),
  );
  let turn = 0;

  async function show() {
    const mine = (turn += 1);
    const unread = [...room.remoteParticipants.values()].filter(({ id }) => encryption.of(id) !== "verified");
    others.replaceChildren(...unread.map(({ name }) => h("li", {}, t("sealed.other-key", { name }))));
    others.hidden = unread.length === 0;
    const digits = await encryption.safetyCode();
    if (mine === turn) code.textContent = digits;
  }

  const stops = [room.on("encryptionChanged", show), room.on("participantConnected", show), room.on("participantDisconnected", show)];
  show();
  return { element, close: () => stops.forEach((stop) => stop()) };
}

/** From now on, in what is copied, in the address and among the recent meetings too. @param {Room} room @param {Invitation} invitation @param {string} secret */
function use(room, invitation, secret) {
  room.encryption.setSecret(secret);
  invitation.secret = secret;
  showInAddress(invitation);
  rememberRoom({ ...invitation, title: room.meeting.about.title, at: Date.now() });
}

/** @param {(secret: string) => void} done @param {() => void} close */
function secretForm(done, close) {
  const { input, element } = passwordField(t("sealed.secret"), { id: "sealed-secret", autocomplete: "off", required: true });
  return h(
    "form",
    {
      class: "sealed-body",
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        const secret = input.value.trim();
        if (!secret) return input.focus();
        done(secret);
        close();
      },
    },
    element,
    h("p", { class: "hint" }, t("sealed.secret.hint")),
    h("div", { class: "row end" }, button(t("cancel"), { class: "button quiet", onclick: close }), button(t("sealed.use"), { id: "sealed-use", type: "submit", class: "button primary" })),
  );
}

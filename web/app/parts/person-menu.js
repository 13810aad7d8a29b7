/** The menu of one person: only what one may do, what destroys last. */

import { t } from "../lib/strings.js";
import { button } from "./controls.js";
import { checkField, openDialog } from "./dialog.js";
import { openMenu } from "./menu.js";
import { withPart } from "./lazy.js";
import { offered } from "./person-actions.js";
import { h } from "../lib/dom.js";

/**
 * @typedef {import("/sdk/room.js").Room} Room
 * @typedef {import("./people-model.js").Person} Person
 * @typedef {import("./person-actions.js").PersonAction} PersonAction
 *
 * @typedef {object} PersonHooks
 * @property {(request: Promise<unknown>, done?: string) => void} attempt  says why it failed, or what was done
 * @property {(person: Person) => void} whisper
 * @property {() => void} rename
 */

/** @type {{[action in PersonAction]: string}} */
const ICONS = {
  rename: "edit",
  mute: "mic-off",
  "ask-unmute": "mic",
  "stop-camera": "camera-off",
  "ask-camera": "camera",
  "stop-share": "share-stop",
  "lower-hand": "hand",
  whisper: "chat",
  spotlight: "spotlight",
  "spotlight-end": "spotlight",
  permit: "settings",
  "make-host": "key",
  "make-co-host": "key",
  "make-speaker": "people",
  "make-viewer": "show",
  remove: "leave",
};
/** @type {{[action in PersonAction]?: string}} */
const WORDS = { "spotlight-end": "person.spotlight.end" };

/** @param {Room} room @param {HTMLElement} opener @param {Person} person @param {PersonHooks} hooks */
export function openPersonMenu(room, opener, person, hooks) {
  const groups = offered(room, person);
  const act = actions(room, opener, person, hooks);
  const items = groups.map((group) => ({
    items: group.map((action) => ({
      text: t(WORDS[action] ?? `person.${action}`),
      icon: ICONS[action],
      id: `person-${action}`,
      danger: action === "remove",
      choose: () => act(action),
    })),
  }));
  openMenu(opener, t("people.more", { name: person.name }), items);
}

/** @param {Room} room @param {HTMLElement} opener @param {Person} person @param {PersonHooks} hooks */
function actions({ meeting }, opener, person, { attempt, whisper, rename }) {
  const { id, name } = person;
  const parent = /** @type {HTMLElement} */ (opener.closest(".call") ?? document.body);
  const asked = t("person.asked", { name });
  /** @type {{[action in PersonAction]: () => void}} */
  const all = {
    rename,
    mute: () => attempt(meeting.stop("microphone", [id])),
    "ask-unmute": () => attempt(meeting.askUnmute(id, "microphone"), asked),
    "stop-camera": () => attempt(meeting.stop("camera", [id])),
    "ask-camera": () => attempt(meeting.askUnmute(id, "camera"), asked),
    "stop-share": () => attempt(meeting.stop("screen", [id])),
    "lower-hand": () => attempt(person.self ? meeting.raiseHand(false) : meeting.lowerHands([id])),
    whisper: () => whisper(person),
    spotlight: () => attempt(meeting.spotlight(id)),
    "spotlight-end": () => attempt(meeting.spotlight(null)),
    permit: () => permit(parent, person, (action, verdict) => attempt(meeting.permit(id, action, verdict), t("permit.done", { name }))),
    "make-host": () => openHandOverDialog(parent, name, () => attempt(meeting.handOver(id))),
    "make-co-host": () => attempt(meeting.setRole(id, "co-host")),
    "make-speaker": () => attempt(meeting.setRole(id, "speaker")),
    "make-viewer": () => attempt(meeting.setRole(id, "viewer")),
    remove: () => openRemoveDialog(parent, name, meeting.may("ban"), (ban) => attempt(meeting.remove(id, ban))),
  };
  return (/** @type {PersonAction} */ action) => all[action]();
}

/** @param {HTMLElement} parent @param {Person} person @param {(action: string, verdict: import("/sdk/permissions.js").Verdict | null) => void} choose */
function permit(parent, person, choose) {
  withPart(parent, () => import("./permit-dialog.js"), ({ openPermitDialog }) => openPermitDialog(parent, person, choose), "meeting");
}

/** @param {HTMLElement} parent @param {string} name @param {boolean} mayBan @param {(ban: boolean) => void} remove */
function openRemoveDialog(parent, name, mayBan, remove) {
  const { element, box } = checkField("remove-ban", t("remove.ban"), false);
  element.hidden = !mayBan;
  openDialog(parent, { id: "remove-dialog", title: t("remove.title", { name }) }, (close) => {
    const sure = () => {
      close();
      remove(box.checked);
    };
    return [
      element,
      h(
        "div",
        { class: "row end" },
        button(t("cancel"), { class: "button quiet", onclick: close }),
        button(t("person.remove"), { id: "remove-sure", class: "button danger", onclick: sure }),
      ),
    ];
  });
}

/** @param {HTMLElement} parent @param {string} name @param {() => void} handOver */
function openHandOverDialog(parent, name, handOver) {
  openDialog(parent, { id: "hand-over-dialog", title: t("hand-over.title", { name }) }, (close) => {
    const sure = () => {
      close();
      handOver();
    };
    return [
      h("p", { class: "hint" }, t("hand-over.text")),
      h(
        "div",
        { class: "row end" },
        button(t("cancel"), { class: "button quiet", onclick: close }),
        button(t("person.make-host"), { id: "hand-over-sure", class: "button primary", onclick: sure }),
      ),
    ];
  });
}

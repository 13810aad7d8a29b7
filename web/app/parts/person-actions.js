/** What one may do with somebody: by the verdicts, by rank, and by what there is to do. Pure. */

import { outranks } from "../../sdk/permissions.js";

/**
 * @typedef {import("./people-model.js").Person} Person
 * @typedef {import("/sdk/types.js").Role} Role
 * @typedef {"rename" | "mute" | "ask-unmute" | "stop-camera" | "ask-camera" | "stop-share" | "lower-hand" | "whisper" |
 *   "spotlight" | "spotlight-end" | "permit" | "make-host" | "make-co-host" | "make-speaker" | "make-viewer" | "remove"} PersonAction
 */

/** Whether somebody may become host: not a viewer or an unverified guest, unless the settings say so. @param {Person} person @param {boolean} guests */
export function mayLead({ role, guest }, guests) {
  return guests || (role !== "viewer" && !guest);
}

/** @type {Role[]} */
const GIVEN = ["co-host", "speaker", "viewer"];

/**
 * @param {Person} person
 * @param {Role} role  one's own
 * @param {import("/sdk/host-types.js").Verdicts} verdicts
 * @param {boolean} guests  may become host
 * @returns {PersonAction[][]}  groups, what destroys in the last
 */
export function actionsFor(person, role, verdicts, guests) {
  const may = (/** @type {string} */ action) => verdicts[action] === "allow";
  const reached = !person.self && outranks(role, person.role);
  const may_ = (/** @type {string} */ action) => reached && may(action);
  /** @type {[PersonAction, boolean][]} */
  const own = [["rename", person.self && (verdicts.rename ?? "deny") !== "deny"]];
  /** @type {[PersonAction, boolean][]} */
  const controls = [
    ["mute", person.mic && may_("mute")],
    ["ask-unmute", !person.mic && may_("ask-unmute")],
    ["stop-camera", person.cam && may_("stop-camera")],
    ["ask-camera", !person.cam && may_("ask-unmute")],
    ["stop-share", person.screen && may_("stop-share")],
    ["lower-hand", Boolean(person.hand) && (person.self ? may("hand") : may("lower-hands"))],
  ];
  /** @type {[PersonAction, boolean][]} */
  const others = [
    ["whisper", !person.self && may("whisper")],
    ["spotlight", !person.spotlight && may("spotlight")],
    ["spotlight-end", person.spotlight && may("spotlight")],
  ];
  /** @type {[PersonAction, boolean][]} */
  const rights = [
    ["permit", may_("permit")],
    ["make-host", mayLead(person, guests) && may_("hand-over")],
    ...GIVEN.map((one) => /** @type {[PersonAction, boolean]} */ ([`make-${one}`, person.role !== one && may_("roles")])),
  ];
  /** @type {[PersonAction, boolean][]} */
  const last = [["remove", may_("remove")]];
  return [[...own, ...controls], others, rights, last]
    .map((group) => group.filter(([, possible]) => possible).map(([action]) => action))
    .filter((group) => group.length > 0);
}

/** @param {import("/sdk/room.js").Room} room @param {Person} person */
export function hasActions(room, person) {
  return offered(room, person).length > 0;
}

/** @param {import("/sdk/room.js").Room} room @param {Person} person */
export function offered({ localParticipant: own, meeting }, person) {
  return actionsFor(person, own.role, meeting.verdicts, meeting.about.settings?.hand_over_to_guests ?? false);
}

/** Whether leaving has to be talked about. @param {import("/sdk/room.js").Room} room */
export function mustDecide({ meeting, localParticipant: own, remoteParticipants, state }) {
  const leads = own.role === "host" && (meeting.may("hand-over") || meeting.may("end"));
  return leads && remoteParticipants.size > 0 && state === "connected";
}

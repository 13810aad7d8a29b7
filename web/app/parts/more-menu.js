/** The menu "More": the meeting for its hosts, what a phone's bar has no room for, settings, how one looks at the call. */

import { canShareScreen, getLocalDevices } from "/sdk/devices.js";
import { isPhone } from "../lib/capture.js";
import { askToNotify, mayAskToNotify } from "../lib/knock.js";
import { prefs } from "../lib/prefs.js";
import { t } from "../lib/strings.js";
import { captionItems } from "./caption-items.js";
import { withPart } from "./lazy.js";
import { openMenu } from "./menu.js";
import { peopleOf } from "./people-model.js";
import { reactionChoices } from "./reactions.js";

/**
 * @typedef {import("/sdk/room.js").Room} Room
 * @typedef {import("./menu.js").MenuItem} MenuItem
 *
 * @typedef {object} MoreActions
 * @property {HTMLElement} call  where dialogs open
 * @property {import("../lib/link.js").Invitation} invitation
 * @property {import("./captions.js").Say} say
 * @property {(request: Promise<unknown>, done?: string) => void} attempt  and say why it failed, or what was done
 * @property {() => void} copy
 * @property {() => void} devices  and all other settings
 * @property {import("./device-menu.js").Choose} choose
 * @property {() => void} quality
 * @property {(on: boolean) => void} audioOnly
 * @property {() => MenuItem[]} view  how one looks at the call
 * @property {import("./tile-options.js").TileOptions} tiles
 * @property {() => void} share
 * @property {() => void} hand
 * @property {(emoji: string) => void} react
 * @property {() => void} help
 * @property {() => void} rename
 */

/** @param {HTMLElement} opener @param {Room} room @param {MoreActions} act */
export async function openMoreMenu(opener, room, act) {
  const own = room.localParticipant;
  const cameras = own.isCameraEnabled ? await getLocalDevices("videoinput") : [];
  openMenu(opener, t("bar.more"), [
    { items: isPhone() ? phoneItems(room, act) : [] },
    isPhone() && room.meeting.may("react") ? reactionChoices(act.react) : { items: [] },
    { title: t("meeting.menu"), items: meetingItems(room, act) },
    {
      items: [
        { text: t("more.copy"), icon: "copy", id: "copy-invitation", choose: act.copy },
        ...(cameras.length > 1
          ? [{ text: t("more.flip"), icon: "flip", id: "flip-camera", choose: () => act.choose("videoinput", after(cameras, room.getActiveDevice("videoinput"))) }]
          : []),
        { text: t("panel.settings"), icon: "settings", id: "devices", choose: act.devices },
        ...(room.meeting.verdict("rename") === "deny" ? [] : [{ text: t("person.rename"), icon: "edit", id: "rename", choose: act.rename }]),
      ],
    },
    { items: captionItems(room, act) },
    {
      items: [
        ...act.view(),
        { text: t("more.quality"), icon: "quality", key: "A", id: "quality", choose: act.quality },
        { text: t("more.audio-only"), icon: "headphones", on: prefs.audioOnly, id: "audio-only", choose: () => act.audioOnly(!prefs.audioOnly) },
        { text: t("more.statistics"), icon: "statistics", key: "T", on: act.tiles.allStats, id: "statistics", choose: () => act.tiles.toggleAllStats() },
        ...(matchMedia("(any-hover: hover)").matches ? [{ text: t("help.title"), icon: "keyboard", key: "?", id: "help", choose: act.help }] : []),
      ],
    },
  ]);
}

/** What stands in the bar where it is wide. @param {Room} room @param {MoreActions} act @returns {MenuItem[]} */
function phoneItems({ localParticipant: own, meeting }, act) {
  const shares = own.mayPublish && canShareScreen();
  const share = { text: t(own.isScreenShareEnabled ? "bar.share.stop" : "bar.share"), icon: "share", id: "more-share", choose: act.share };
  const hand = { text: t(own.hand ? "bar.hand.lower" : "bar.hand"), icon: "hand", id: "more-hand", choose: act.hand };
  return [...(shares ? [share] : []), ...(meeting.verdict("hand") === "deny" ? [] : [hand])];
}

/** @param {Room} room @param {MoreActions} act @returns {MenuItem[]} */
function meetingItems(room, act) {
  const { meeting } = room;
  const { locked } = meeting.about;
  const hands = peopleOf(room).some(({ hand }) => hand);
  /** @type {[string, boolean, MenuItem][]} */
  const all = [
    ["mute", true, { text: t("meeting.mute-all"), icon: "mic-off", id: "mute-all", choose: () => act.attempt(meeting.stop("microphone", null), t("meeting.muted-all")) }],
    ["lower-hands", hands, { text: t("meeting.lower-hands"), icon: "hand", id: "lower-hands", choose: () => act.attempt(meeting.lowerHands(null)) }],
    ["lock", true, { text: t("meeting.lock"), icon: "lock", id: "lock", on: locked, choose: () => act.attempt(meeting.lock(!locked)) }],
    ["settings", true, { text: t("meeting.settings"), icon: "settings", id: "meeting-settings-open", choose: () => openSettings(room, act) }],
    ["audit", true, { text: t("meeting.audit"), icon: "list", id: "audit", choose: () => openAudit(room, act) }],
    ["admit", mayAskToNotify(), { text: t("meeting.notify"), icon: "bell", id: "notify", choose: askToNotify }],
  ];
  return all.filter(([action, possible]) => possible && meeting.may(action)).map(([, , item]) => item);
}

/** @param {Room} room @param {MoreActions} act */
function openSettings(room, { call, invitation, say }) {
  const saved = () => say(t("settings.saved"));
  withPart(call, () => import("./meeting-settings.js"), ({ openMeetingSettings }) => openMeetingSettings(call, room, invitation.secret, saved), "meeting");
}

/** @param {Room} room @param {MoreActions} act */
function openAudit(room, { call }) {
  withPart(call, () => import("./audit-dialog.js"), ({ openAuditDialog }) => openAuditDialog(call, room), "meeting");
}

/** The next camera in turn. @param {MediaDeviceInfo[]} devices @param {string | null} current */
function after(devices, current) {
  const at = devices.findIndex(({ deviceId }) => deviceId === current);
  return devices[(at + 1) % devices.length].deviceId;
}

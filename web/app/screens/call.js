/** The call: joins the parts to the Room and to each other. */

import { TrebleError } from "/sdk/errors.js";
import { announcer } from "../lib/announce.js";
import { coalesced, h } from "../lib/dom.js";
import { QUICK } from "../lib/emoji.js";
import { isTouch } from "../lib/capture.js";
import { holdSpace, shortcuts } from "../lib/keys.js";
import { invitationLink } from "../lib/link.js";
import { offered } from "../lib/options.js";
import { options, prefs, remember } from "../lib/prefs.js";
import { explain, t } from "../lib/strings.js";
import { keepAwake } from "../lib/wake.js";
import { connectionBanner } from "../parts/banner.js";
import { controlBar } from "../parts/bar.js";
import { aloneCard, blindCard } from "../parts/cards.js";
import { chatPanel } from "../parts/chat-panel.js";
import { chimes } from "../parts/chimes.js";
import { button, iconButton } from "../parts/controls.js";
import { deviceWatch } from "../parts/device-watch.js";
import { withPart } from "../parts/lazy.js";
import { lead } from "../parts/lead.js";
import { mediaWait } from "../parts/media-wait.js";
import { micHints } from "../parts/mic-hints.js";
import { networkStatus, poorOffer } from "../parts/network.js";
import { openPanels } from "../parts/panels.js";
import { peopleOf } from "../parts/people-model.js";
import { peoplePanel } from "../parts/people-panel.js";
import { hasActions, mustDecide } from "../parts/person-actions.js";
import { qualityChoices } from "../parts/quality-choices.js";
import { sealedMeeting } from "../parts/sealed.js";
import { callSettings } from "../parts/settings-body.js";
import { sidePanel } from "../parts/side-panel.js";
import { Stage } from "../parts/stage.js";
import { topStrip } from "../parts/strip.js";
import { toasts } from "../parts/toasts.js";
import { viewControls } from "../parts/view-controls.js";

/**
 * @typedef {import("/sdk/room.js").Room} Room
 * @typedef {import("../parts/device-fields.js").Kind} Kind
 */

const DIGITS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const QUIET_ABOVE = 10; // people; joins and leaves are not told in larger rooms
const CHANGES = /** @type {const} */ ([
  "participantConnected", "participantDisconnected", "participantChanged", "localChanged", "connectionQualityChanged",
  "verdictsChanged", "aboutChanged", "encryptionChanged", "waitersChanged", "chatChanged", "asked",
]);

/**
 * @param {Room} room
 * @param {import("../lib/link.js").Invitation} invitation
 */
export function callScreen(room, invitation) {
  const { localParticipant: own, meeting, chat } = room;
  const news = toasts();
  const banner = connectionBanner({ now: () => room.retryNow() });
  const view = viewControls(() => stage, { call: () => element, mustStay: () => meeting.waiters.length > 0 });
  const stage = new Stage(room, {
    blocked: (blocked) => (unblock.hidden = !blocked),
    chooseSend: (cap) => quality.send(cap),
    attempt: (request) => leading.attempt(request),
    changed: view.show,
    mic: tryMic,
    cam: tryCam,
  });
  const quality = qualityChoices(room, stage.options, () => render());
  const network = networkStatus();
  const offer = poorOffer({ accept: () => quality.audioOnly(true) });
  const sealed = sealedMeeting(room, () => element);
  const ears = iconButton({ id: "audio-only-now", icon: "headphones", label: t("more.audio-only"), onclick: () => quality.audioOnly(!prefs.audioOnly) });
  const strip = topStrip(invitation.room, sealed.badge, stage.pager, view.layout, network.element, ears);
  const unblock = button(t("autoplay"), {
    id: "autoplay",
    class: "button primary floating",
    hidden: true,
    onclick: () => stage.players.resume(),
  }, "speaker");
  const leading = lead(room, {
    news,
    changed: () => render(),
    seeAll: seeWaiting,
    start: { mic: toggleMic, cam: toggleCam, share: toggleShare, hand: toggleHand, react: () => tryReact(control("reactions")) },
  });
  const personHooks = { attempt: leading.attempt, whisper, rename };
  const people = peoplePanel({
    copy,
    door: leading.door,
    open: (opener, person) =>
      part(() => import("../parts/person-menu.js"), ({ openPersonMenu }) => openPersonMenu(room, opener, person, personHooks)),
    has: (person) => hasActions(room, person),
  });
  const messages = chatPanel(room, { save: saveChat, ask: leading.asks.ask, say: (words) => news.show(words) });
  const settings = callSettings(room, quality, { current: inUse, choose }, (words) => news.show(words));
  const side = sidePanel(
    { people: people.element, chat: messages.element, settings: settings.element },
    { show: (name) => panels.show(name, side.focus), close: () => panels.close() },
  );
  const panels = openPanels(
    {
      people: { button: "people", focus: side.focus },
      chat: { button: "chat", focus: () => (isTouch() ? side.focus() : messages.focus()) }, // a keyboard would cover what is to be read
      settings: { button: "more", focus: side.focus },
    },
    () => render(),
  );
  const bar = controlBar({
    mic: tryMic,
    cam: tryCam,
    share: () => tryShare("share"),
    hand: () => tryHand("hand"),
    react: tryReact,
    chat: () => panels.toggle("chat"),
    people: () => panels.toggle("people"),
    leave,
    micMenu: (opener) => deviceMenu(opener, "bar.mic.menu", ["audioinput", "audiooutput"]),
    camMenu: (opener) => deviceMenu(opener, "bar.cam.menu", ["videoinput"]),
    moreMenu,
  });
  const stopSharing = button(t("share.stop"), { id: "share-stop", class: "button danger", onclick: toggleShare });
  const sharing = h("div", { class: "sharing", id: "sharing", role: "status" }, h("p", {}, t("share.own")), stopSharing);
  const blind = blindCard(() => quality.audioOnly(false));
  const alone = aloneCard(copy);
  const through = mediaWait(room);
  const hints = micHints(room, { news, unmute: tryMic, choose: () => panels.show("settings") });
  const heard = announcer((all) => t("chat.announce", { n: all.length }));
  const cheered = announcer(reactionWords);
  const element = h(
    "main",
    { class: "call", tabindex: -1, "aria-label": t("call.label", { room: invitation.room }) },
    strip.element,
    blind, // then the order of the Tab key: bar, stage, panel
    bar.element,
    h("div", { class: "call-notices" }, banner.element, through.element, sealed.notice, leading.place, offer.element, sharing, news.element),
    h("div", { class: "call-body" }, stage.element, alone, unblock, side.element),
    heard.element,
    cheered.element,
  );
  const more = {
    copy,
    devices: () => panels.show("settings"),
    flip: (/** @type {string} */ device) => choose("videoinput", device),
    quality: () => quality.open(element),
    audioOnly: quality.audioOnly,
    view: view.items,
    statistics: () => stage.options.toggleAllStats(),
    share: () => tryShare("more"),
    hand: () => tryHand("more"),
    react,
    help,
    rename,
    lock: (/** @type {boolean} */ locked) => leading.attempt(meeting.lock(locked)),
    muteAll: () => leading.attempt(meeting.stop("microphone", null), t("meeting.muted-all")),
    lowerHands: () => leading.attempt(meeting.lowerHands(null)),
    settings: () =>
      part(
        () => import("../parts/meeting-settings.js"),
        ({ openMeetingSettings }) => openMeetingSettings(element, room, invitation.secret, () => news.show(t("settings.saved"))),
        "meeting",
      ),
    audit: () => part(() => import("../parts/audit-dialog.js"), ({ openAuditDialog }) => openAuditDialog(element, room), "meeting"),
  };
  /** @type {Set<string>} */
  let sharers = new Set();

  const render = coalesced(() => {
    const present = peopleOf(room);
    tellOfScreens(present);
    bar.update({
      publishes: own.mayPublish,
      mic: own.isMicrophoneEnabled,
      cam: own.isCameraEnabled,
      screen: own.isScreenShareEnabled,
      hand: meeting.verdict("hand") === "deny" ? null : present[0].turn,
      react: meeting.verdict("react") !== "deny",
      people: present.length,
      waiting: meeting.waiters.length,
      unread: chat.unread,
      open: panels.open,
    });
    strip.update(meeting.about);
    sharing.hidden = !own.isScreenShareEnabled;
    alone.hidden = present.length > 1 || meeting.waiters.length > 0;
    ears.setAttribute("aria-pressed", String(prefs.audioOnly));
    blind.hidden = !prefs.audioOnly || present.length === 1;
    view.update();
    network.update(own.connectionQuality);
    offer.update(own.connectionQuality, prefs.audioOnly);
    side.update(panels.open);
    settings.update(panels.open === "settings");
    element.classList.toggle("with-panel", panels.open !== "");
    if (panels.open === "people") people.update(present, meeting.waiters);
    messages.update(panels.open === "chat");
    stage.render();
  });

  /** @template T @param {() => Promise<T>} load @param {(part: T) => unknown} use @param {string[]} styles */
  function part(load, use, ...styles) {
    return withPart(element, load, use, ...styles);
  }

  /** @param {HTMLElement} opener @param {string} key @param {Kind[]} kinds */
  function deviceMenu(opener, key, kinds) {
    part(() => import("../parts/device-menu.js"), ({ openDeviceMenu }) => openDeviceMenu(opener, t(key), kinds, inUse, choose));
  }

  /** @param {HTMLElement} opener */
  function moreMenu(opener) {
    const now = { statistics: stage.options.allStats, hands: peopleOf(room).some(({ hand }) => hand) };
    part(() => import("../parts/more-menu.js"), ({ openMoreMenu }) => openMoreMenu(opener, room, more, now));
  }

  function toggleMic() {
    own.setMicrophoneEnabled(!own.isMicrophoneEnabled);
  }

  function toggleCam() {
    own.setCameraEnabled(!own.isCameraEnabled);
  }

  function toggleShare() {
    own.setScreenShareEnabled(!own.isScreenShareEnabled);
  }

  function toggleHand() {
    leading.attempt(meeting.raiseHand(!own.hand));
  }

  function tryMic() {
    if (own.isMicrophoneEnabled) return toggleMic();
    leading.asks.attempt("talk", control("mic"), toggleMic);
  }

  function tryCam() {
    if (own.isCameraEnabled) return toggleCam();
    leading.asks.attempt("show", control("camera"), toggleCam);
  }

  /** @param {string} opener */
  function tryShare(opener) {
    if (own.isScreenShareEnabled) return toggleShare();
    leading.asks.attempt("share", control(opener), toggleShare);
  }

  /** @param {string} opener */
  function tryHand(opener) {
    if (own.hand) return toggleHand();
    leading.asks.attempt("hand", control(opener), toggleHand);
  }

  /** @param {HTMLElement} opener */
  async function tryReact(opener) {
    const { openReactions } = await import("../parts/reactions.js");
    leading.asks.attempt("react", opener, () => openReactions(opener, react));
  }

  /** @param {string} emoji */
  function react(emoji) {
    meeting.emote(emoji).catch((error) => {
      news.show(error.code === "slow" ? t("react.slow", { s: Math.ceil(error.retryAfter ?? 2) }) : explain(error));
    });
  }

  /** @param {import("/sdk/host-types.js").Emotion[]} emotions */
  async function onEmoted(emotions) {
    for (const emotion of emotions) cheered.add(emotion);
    const { showReactions } = await import("../parts/reactions.js");
    showReactions(element, emotions, nameOf);
  }

  /** @param {import("/sdk/host-types.js").Emotion[]} emotions */
  function reactionWords(emotions) {
    const [{ participant, emoji }] = emotions;
    if (emotions.length === 1) return t("react.one", { name: nameOf(participant), emoji });
    return t("react.more", { n: emotions.length, emoji: [...new Set(emotions.map((one) => one.emoji))].join(" ") });
  }

  /** @param {string} id */
  function nameOf(id) {
    return id === own.id ? t("you") : (room.remoteParticipants.get(id)?.name ?? "");
  }

  function help() {
    part(() => import("../parts/help-dialog.js"), ({ openHelp }) => openHelp(element));
  }

  /** Push to talk: only of a muted microphone that may be on. */
  function talk() {
    if (own.isMicrophoneEnabled || !meeting.may("talk")) return false;
    own.setMicrophoneEnabled(true);
    return true;
  }

  /** @param {string} id */
  function control(id) {
    return /** @type {HTMLElement} */ (element.querySelector(`#${id}`));
  }

  function leave() {
    if (!mustDecide(room)) return room.disconnect();
    part(() => import("../parts/leave-dialog.js"), ({ openLeaveDialog }) => openLeaveDialog(element, room, peopleOf(room)));
  }

  function rename() {
    const done = (/** @type {boolean} */ asked) => asked && news.show(t("ask.sent"));
    part(() => import("../parts/rename-dialog.js"), ({ openRenameDialog }) => openRenameDialog(element, room, done));
  }

  /** @param {import("../parts/people-model.js").Person} person */
  function whisper({ id }) {
    panels.show("chat");
    queueMicrotask(() => messages.whisper(id));
  }

  function seeWaiting() {
    panels.show("people");
    queueMicrotask(() => people.focusWaiting());
  }

  async function saveChat() {
    try {
      const files = await import("../parts/chat-files.js");
      const where = { server: room.server, room: room.name, token: room.token };
      await files.saveChat(where, `${meeting.about.title || room.name}.txt`);
    } catch (error) {
      news.show(error instanceof TrebleError ? explain(error) : t("chat.export.failed"));
    }
  }

  async function copy() {
    const link = invitationLink(location.origin, invitation);
    const copied = await navigator.clipboard?.writeText(link).then(
      () => true,
      () => false,
    );
    news.show(t(copied ? "more.copied" : "more.copy.failed"));
  }

  /** @param {Kind} kind */
  function inUse(kind) {
    return (kind === "audiooutput" ? prefs.speaker : room.getActiveDevice(kind)) ?? "";
  }

  /** @param {Kind} kind @param {string} device */
  function choose(kind, device) {
    const key = { audioinput: "mic", videoinput: "cam", audiooutput: "speaker" }[kind];
    remember({ [key]: device });
    room.switchActiveDevice(kind, device);
  }

  /** At its button, with a way to try again. @param {TrebleError} error @param {import("/sdk/types.js").Source} source */
  function tellOfDevice(error, source) {
    if (error.code === "processor.failed") return; // said by call-background.js
    if (source !== "microphone" && source !== "camera") return news.show(explain(error));
    const [id, retry] = source === "microphone" ? ["mic", tryMic] : ["camera", tryCam];
    const ways = [{ text: t("try.again"), id: "device-again", choose: retry }];
    part(() => import("../parts/hint.js"), ({ openHint }) => openHint(control(id), explain(error), ways));
  }

  /** @param {string} key @param {string} name */
  function tellOfPeople(key, name) {
    if (room.remoteParticipants.size < QUIET_ABOVE && room.state === "connected") news.show(t(key, { name }));
  }

  /** @param {import("../parts/people-model.js").Person[]} present */
  function tellOfScreens(present) {
    const sharing = new Set(present.filter(({ screen }) => screen).map(({ id }) => id));
    const stopped = present.filter(({ id, self }) => !self && sharers.has(id) && !sharing.has(id));
    for (const { name } of stopped) news.show(t("share.ended", { name }));
    sharers = sharing;
  }

  const listeners = [
    room.on("participantConnected", ({ name }) => tellOfPeople("people.joined", name)),
    room.on("participantDisconnected", ({ name }) => tellOfPeople("people.left", name)),
    ...CHANGES.map((event) => room.on(event, render)),
    room.on("chatMessage", (message) => heard.add(message)),
    room.on("activeSpeakersChanged", () => stage.hear()),
    room.on("statistics", () => stage.showStats()),
    room.on("loadChanged", (step) => step === 1 && news.show(t("load.busy"))),
    room.on("slotsChanged", (slots) => stage.players.update(slots)),
    room.on("activeDeviceChanged", (kind, device) => kind === "audiooutput" && stage.players.setSpeaker(device)),
    room.on("reconnecting", banner.reconnecting),
    room.on("retrying", banner.retrying),
    room.on("reconnected", banner.reconnected),
    room.on("localChanged", hints.update),
    room.on("mediaDevicesError", tellOfDevice),
    deviceWatch({ news, current: inUse, choose, useDefaultSpeaker: () => void room.switchActiveDevice("audiooutput", "") }),
    room.on("deviceLost", ({ device, other }) => {
      news.show(other ? t("dev.lost", { device, other }) : t("dev.lost.none", { device }));
    }),
    shortcuts(offered({
      m: tryMic,
      v: tryCam,
      d: () => tryShare("share"),
      r: () => tryHand("hand"),
      c: () => panels.toggle("chat"),
      p: () => panels.toggle("people"),
      a: () => quality.open(element),
      t: () => stage.options.toggleAllStats(),
      w: () => stage.toggleLayout(),
      s: view.toggleFull,
      ...Object.fromEntries(DIGITS.map((digit) => [String(digit), () => stage.pin(digit)])),
      pageup: () => stage.turn(-1),
      pagedown: () => stage.turn(1),
      escape: () => panels.close(),
      "?": help,
      ...Object.fromEntries(QUICK.map((emoji, at) => [`alt+${at + 1}`, () => meeting.may("react") && react(emoji)])),
      "ctrl+shift+l": () => meeting.waiters.length > 0 && seeWaiting(),
    }, options)),
    holdSpace({ down: talk, up: () => own.setMicrophoneEnabled(false) }),
    chimes(room, QUIET_ABOVE),
    room.on("emoted", onEmoted),
    keepAwake(),
  ];
  if (prefs.speaker) stage.players.setSpeaker(prefs.speaker);
  stage.players.update(room.slots.all);
  render();

  return {
    element,
    focus: () => element.focus(),
    close() {
      for (const stop of listeners) stop();
      for (const part of [sealed, stage, view, strip, banner, offer, leading, people, messages, settings, heard, cheered, through, hints]) part.close();
    },
  };
}

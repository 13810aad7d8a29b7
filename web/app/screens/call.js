/** The call: joins the parts to the Room and to each other. */

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
import { callNews } from "../parts/call-news.js";
import { chatPanel } from "../parts/chat-panel.js";
import { button, iconButton } from "../parts/controls.js";
import { deviceWatch } from "../parts/device-watch.js";
import { withPart } from "../parts/lazy.js";
import { lead } from "../parts/lead.js";
import { mediaWait } from "../parts/media-wait.js";
import { micHints } from "../parts/mic-hints.js";
import { networkStatus, poorOffer } from "../parts/network.js";
import { ownSwitches } from "../parts/own-switches.js";
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

const CHANGES = /** @type {const} */ ([
  "participantConnected", "participantDisconnected", "participantChanged", "localChanged", "connectionQualityChanged",
  "verdictsChanged", "aboutChanged", "encryptionChanged", "waitersChanged", "chatChanged", "asked",
]);

/** @param {Room} room @param {import("../lib/link.js").Invitation} invitation */
export function callScreen(room, invitation) {
  const { localParticipant: own, meeting, chat } = room;
  const switches = ownSwitches(room, () => leading, control);
  const { mic, cam, share, hand } = switches;
  const news = toasts();
  const banner = connectionBanner({ now: () => room.retryNow() });
  const view = viewControls(() => stage, { call: () => element, mustStay: () => meeting.waiters.length > 0 });
  const stage = new Stage(room, {
    blocked: (blocked) => (unblock.hidden = !blocked),
    chooseSend: (cap) => quality.send(cap),
    attempt: (request) => leading.attempt(request),
    changed: view.show,
    mic: mic.attempt,
    cam: cam.attempt,
  });
  const quality = qualityChoices(room, stage.options, () => render());
  const network = networkStatus();
  const offer = poorOffer({ accept: () => quality.audioOnly(true) });
  const sealed = sealedMeeting(room, invitation, () => element);
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
    start: { mic: mic.toggle, cam: cam.toggle, share: share.toggle, hand: hand.toggle, react: () => tryReact(control("reactions")) },
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
  const settings = callSettings(room, quality, { current: inUse, choose }, (words) => news.show(words), reworded);
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
    mic: mic.attempt,
    cam: cam.attempt,
    share: share.attempt,
    hand: hand.attempt,
    react: tryReact,
    chat: () => panels.toggle("chat"),
    people: () => panels.toggle("people"),
    leave,
    micMenu: (opener) => deviceMenu(opener, "bar.mic.menu", ["audioinput", "audiooutput"]),
    camMenu: (opener) => deviceMenu(opener, "bar.cam.menu", ["videoinput"]),
    moreMenu,
  });
  const stopSharing = button(t("share.stop"), { id: "share-stop", class: "button danger", onclick: share.toggle });
  const sharing = h("div", { class: "sharing", id: "sharing", role: "status" }, h("p", {}, t("share.own")), stopSharing);
  const blind = blindCard(() => quality.audioOnly(false));
  const alone = aloneCard(copy);
  const through = mediaWait(room);
  const hints = micHints(room, { unmute: mic.attempt, choose: () => panels.show("settings") });
  const told = callNews(room, { news, call: () => element, control, switches, background: settings.followBackground });
  const element = h(
    "main",
    { class: "call", tabindex: -1, "aria-label": t("call.label", { room: invitation.room }) },
    strip.element,
    blind, // then the order of the Tab key: bar, stage, panel
    bar.element,
    h("div", { class: "call-notices" }, h("div", {}, banner.element, through.element, sealed.notice, settings.notice, leading.place, offer.element, sharing), news.element),
    h("div", { class: "call-body" }, stage.element, alone, unblock, side.element),
    ...told.elements,
  );
  const more = {
    call: element,
    invitation,
    say: news.show,
    attempt: leading.attempt,
    copy,
    devices: () => panels.show("settings"),
    choose,
    quality: () => quality.open(element),
    audioOnly: quality.audioOnly,
    view: view.items,
    tiles: stage.options,
    share: () => share.from("more"),
    hand: () => hand.from("more"),
    react,
    help,
    rename,
  };

  const render = coalesced(() => {
    const present = peopleOf(room);
    told.update(present);
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
    part(() => import("../parts/more-menu.js"), ({ openMoreMenu }) => openMoreMenu(opener, room, more));
  }

  /** @param {HTMLElement} opener */
  function tryReact(opener) {
    part(() => import("../parts/reactions.js"), ({ openReactions }) => {
      leading.asks.attempt("react", opener, () => openReactions(opener, react));
    });
  }

  /** @param {string} emoji */
  function react(emoji) {
    meeting.emote(emoji).catch((error) => {
      news.show(error.code === "slow" ? t("react.slow", { s: Math.ceil(error.retryAfter ?? 2) }) : explain(error));
    });
  }

  function help() {
    part(() => import("../parts/help-dialog.js"), ({ openHelp }) => openHelp(element));
  }

  /** What is shown again, and what is not in the page now. @param {(element: HTMLElement) => void} reword */
  function reworded(reword) {
    stage.elements.forEach(reword);
    render();
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
  function whisper({ id, name }) {
    panels.show("chat");
    queueMicrotask(() => messages.whisper(id, name));
  }

  function seeWaiting() {
    panels.show("people");
    queueMicrotask(() => people.focusWaiting());
  }

  function saveChat() {
    part(() => import("../parts/chat-files.js"), (files) => files.saveChat(room, news.show));
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

  const listeners = [
    ...CHANGES.map((event) => room.on(event, render)),
    room.on("activeSpeakersChanged", () => stage.hear()),
    room.on("statistics", () => stage.showStats()),
    room.on("slotsChanged", (slots) => stage.players.update(slots)),
    room.on("activeDeviceChanged", (kind, device) => kind === "audiooutput" && stage.players.setSpeaker(device)),
    room.on("reconnecting", banner.reconnecting),
    room.on("retrying", banner.retrying),
    room.on("reconnected", banner.reconnected),
    room.on("localChanged", hints.update),
    deviceWatch(room, { news, current: inUse, choose }),
    shortcuts(offered({
      m: mic.attempt,
      v: cam.attempt,
      d: share.attempt,
      r: hand.attempt,
      c: () => panels.toggle("chat"),
      p: () => panels.toggle("people"),
      a: () => quality.open(element),
      t: () => stage.options.toggleAllStats(),
      w: () => stage.toggleLayout(),
      s: view.toggleFull,
      ...Object.fromEntries(Array.from("0123456789", (digit) => [digit, () => stage.pin(Number(digit))])),
      pageup: () => stage.turn(-1),
      pagedown: () => stage.turn(1),
      escape: () => panels.close(),
      "?": help,
      ...Object.fromEntries(QUICK.map((emoji, at) => [`alt+${at + 1}`, () => meeting.may("react") && react(emoji)])),
      "ctrl+shift+l": () => meeting.waiters.length > 0 && seeWaiting(),
    }, options)),
    holdSpace(switches.hold),
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
      for (const part of [sealed, stage, view, strip, banner, offer, leading, people, messages, settings, told, through, hints]) part.close();
    },
  };
}

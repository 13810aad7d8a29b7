/** The call: joins the parts to the Room and to each other. */

import { listDevices } from "/sdk/index.js";
import { coalesced, h } from "../lib/dom.js";
import { shortcuts } from "../lib/keys.js";
import { invitationLink } from "../lib/link.js";
import { prefs, remember } from "../lib/prefs.js";
import { explain, t } from "../lib/strings.js";
import { useTheme } from "../lib/theme.js";
import { keepAwake } from "../lib/wake.js";
import { connectionBanner } from "../parts/banner.js";
import { controlBar } from "../parts/bar.js";
import { aloneCard, blindCard } from "../parts/cards.js";
import { button } from "../parts/controls.js";
import { openDeviceDialog, openDeviceMenu } from "../parts/device-menu.js";
import { openMenu } from "../parts/menu.js";
import { networkStatus, poorOffer } from "../parts/network.js";
import { peopleOf } from "../parts/people-model.js";
import { peoplePanel } from "../parts/people-panel.js";
import { qualityChoices } from "../parts/quality-choices.js";
import { Stage } from "../parts/stage.js";
import { topStrip } from "../parts/strip.js";
import { toasts } from "../parts/toasts.js";

/**
 * @typedef {import("/sdk/room.js").Room} Room
 * @typedef {import("../parts/device-fields.js").Kind} Kind
 */

const DIGITS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const QUIET_ABOVE = 10; // people; joins and leaves are not told in larger rooms
/** @type {("system" | "light" | "dark")[]} */
const THEMES = ["system", "light", "dark"];

/**
 * @param {Room} room
 * @param {import("../lib/link.js").Invitation} invitation
 */
export function callScreen(room, invitation) {
  const own = room.localParticipant;
  const news = toasts();
  const banner = connectionBanner({ now: () => room.retryNow() });
  const stage = new Stage(room, {
    blocked: (blocked) => (unblock.hidden = !blocked),
    chooseSend: (cap) => quality.send(cap),
  });
  const quality = qualityChoices(room, stage.options, () => render());
  const network = networkStatus();
  const offer = poorOffer({ accept: () => quality.audioOnly(true) });
  const strip = topStrip(invitation.room, stage.pager, network.element);
  const unblock = button(t("autoplay"), {
    id: "autoplay",
    class: "button primary floating",
    hidden: true,
    onclick: () => stage.players.resume(),
  }, "speaker");
  const panel = peoplePanel({ close: () => setPeople(false), copy });
  const bar = controlBar({
    mic: toggleMic,
    cam: toggleCam,
    share: toggleShare,
    people: () => setPeople(!peopleOpen),
    leave: () => room.disconnect(),
    micMenu: (opener) => openDeviceMenu(opener, t("bar.mic.menu"), ["audioinput", "audiooutput"], inUse, choose),
    camMenu: (opener) => openDeviceMenu(opener, t("bar.cam.menu"), ["videoinput"], inUse, choose),
    moreMenu,
  });
  const stopSharing = button(t("share.stop"), { id: "share-stop", class: "button danger", onclick: toggleShare });
  const sharing = h("div", { class: "sharing", id: "sharing", role: "status" }, h("p", {}, t("share.own")), stopSharing);
  const blind = blindCard(() => quality.audioOnly(false));
  const alone = aloneCard(copy);
  const element = h(
    "main",
    { class: "call", "aria-label": t("call.label", { room: invitation.room }) },
    strip.element,
    blind, // then the order of the Tab key: bar, stage, panel
    bar.element,
    h("div", { class: "call-notices" }, banner.element, offer.element, sharing, news.element),
    h("div", { class: "call-body" }, stage.element, alone, unblock, panel.element),
  );
  let peopleOpen = false;
  /** @type {Set<string>} */
  let sharers = new Set();

  const render = coalesced(() => {
    const people = peopleOf(room);
    tellOfScreens(people);
    bar.update({
      publishes: own.mayPublish,
      mic: own.isMicrophoneEnabled,
      cam: own.isCameraEnabled,
      screen: own.isScreenShareEnabled,
      people: people.length,
      peopleOpen,
    });
    sharing.hidden = !own.isScreenShareEnabled;
    alone.hidden = people.length > 1;
    blind.hidden = !prefs.audioOnly || people.length === 1;
    network.update(room.networks.get(own.id));
    offer.update(room.networks.get(own.id), prefs.audioOnly);
    panel.element.hidden = !peopleOpen;
    element.classList.toggle("with-panel", peopleOpen);
    if (peopleOpen) panel.update(people);
    stage.render();
  });

  function toggleMic() {
    own.setMicrophoneEnabled(!own.isMicrophoneEnabled);
  }

  function toggleCam() {
    own.setCameraEnabled(!own.isCameraEnabled);
  }

  function toggleShare() {
    own.setScreenShareEnabled(!own.isScreenShareEnabled);
  }

  /** @param {boolean} open */
  function setPeople(open) {
    peopleOpen = open;
    render();
    if (!open) document.getElementById("people")?.focus();
    else queueMicrotask(() => document.getElementById("panel-close")?.focus());
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
    return (kind === "audiooutput" ? prefs.speaker : own.activeDevice(kind)) ?? "";
  }

  /** @param {Kind} kind @param {string} device */
  function choose(kind, device) {
    const key = { audioinput: "mic", videoinput: "cam", audiooutput: "speaker" }[kind];
    remember({ [key]: device });
    room.switchActiveDevice(kind, device);
  }

  /** @param {HTMLElement} opener */
  async function moreMenu(opener) {
    const cameras = own.isCameraEnabled ? await listDevices("videoinput") : [];
    const flip = () => choose("videoinput", after(cameras, own.activeDevice("videoinput")));
    openMenu(opener, t("bar.more"), [
      {
        items: [
          { text: t("more.copy"), icon: "copy", id: "copy-invitation", choose: copy },
          ...(cameras.length > 1 ? [{ text: t("more.flip"), icon: "flip", id: "flip-camera", choose: flip }] : []),
          { text: t("device.settings"), icon: "settings", id: "devices", choose: () => openDeviceDialog(element, inUse, choose) },
        ],
      },
      {
        items: [
          { text: t("more.quality"), icon: "quality", key: "A", id: "quality", choose: () => quality.open(element) },
          {
            text: t("more.audio-only"),
            icon: "headphones",
            on: prefs.audioOnly,
            id: "audio-only",
            choose: () => quality.audioOnly(!prefs.audioOnly),
          },
          {
            text: t("more.statistics"),
            icon: "statistics",
            key: "T",
            on: stage.options.allStats,
            id: "statistics",
            choose: () => stage.options.toggleAllStats(),
          },
        ],
      },
      {
        title: t("more.theme"),
        items: THEMES.map((theme) => ({
          text: t(`theme.${theme}`),
          checked: prefs.theme === theme,
          choose: () => useTheme(theme),
        })),
      },
    ]);
  }

  /** @param {string} key @param {string} name */
  function tellOfPeople(key, name) {
    if (room.participants.size < QUIET_ABOVE && room.state === "connected") news.show(t(key, { name }));
  }

  /** @param {import("../parts/people-model.js").Person[]} people */
  function tellOfScreens(people) {
    const sharing = new Set(people.filter(({ screen }) => screen).map(({ id }) => id));
    const stopped = people.filter(({ id, self }) => !self && sharers.has(id) && !sharing.has(id));
    for (const { name } of stopped) news.show(t("share.ended", { name }));
    sharers = sharing;
  }

  const listeners = [
    room.on("participantConnected", ({ name }) => tellOfPeople("people.joined", name)),
    room.on("participantDisconnected", ({ name }) => tellOfPeople("people.left", name)),
    ...["participantConnected", "participantDisconnected", "participantChanged", "localChanged"].map((event) =>
      room.on(event, render),
    ),
    room.on("activeSpeakersChanged", () => stage.render()),
    room.on("networksChanged", render),
    room.on("statistics", () => stage.showStats()),
    room.on("loadChanged", (step) => step === 1 && news.show(t("load.busy"))),
    room.on("slotsChanged", (slots) => stage.players.update(slots)),
    room.on("audioOutputChanged", (device) => stage.players.setSpeaker(device)),
    room.on("reconnecting", banner.reconnecting),
    room.on("retrying", banner.retrying),
    room.on("reconnected", banner.reconnected),
    room.on("mediaDevicesError", (error) => news.show(explain(error))),
    room.on("deviceLost", ({ device, other }) => {
      news.show(other ? t("dev.lost", { device, other }) : t("dev.lost.none", { device }));
    }),
    shortcuts({
      m: toggleMic,
      v: toggleCam,
      d: toggleShare,
      p: () => setPeople(!peopleOpen),
      a: () => quality.open(element),
      t: () => stage.options.toggleAllStats(),
      ...Object.fromEntries(DIGITS.map((digit) => [String(digit), () => stage.pin(digit)])),
      pageup: () => stage.turn(-1),
      pagedown: () => stage.turn(1),
      escape: () => peopleOpen && setPeople(false),
    }),
    keepAwake(),
  ];
  if (prefs.speaker) stage.players.setSpeaker(prefs.speaker);
  stage.players.update(room.slots.all);
  render();

  return {
    element,
    close() {
      for (const stop of listeners) stop();
      stage.close();
      strip.close();
      banner.close();
      offer.close();
    },
  };
}

/** The next camera in turn. @param {MediaDeviceInfo[]} devices @param {string | null} current */
function after(devices, current) {
  const at = devices.findIndex(({ deviceId }) => deviceId === current);
  return devices[(at + 1) % devices.length].deviceId;
}

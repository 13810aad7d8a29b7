/** What is said in a call of devices that come and go and of one's own microphone; what has an answer stays until it is given or no longer true. */

import { isTouch } from "../lib/capture.js";
import { deviceChanges } from "../lib/device-changes.js";
import { prefs } from "../lib/prefs.js";
import { t } from "../lib/strings.js";
import { alerts } from "./alerts.js";

/**
 * @typedef {import("/sdk/room.js").Room} Room
 * @typedef {import("./device-watch.js").Act} Act
 */

/** Of each call. @type {WeakMap<Room, ReturnType<typeof make>>} */
const places = new WeakMap();

/** @param {Room} room */
function placeOf(room) {
  const place = places.get(room) ?? make(room);
  places.set(room, place);
  return place;
}

/** @param {Room} room */
function make(room) {
  const { element, say, clear } = alerts();
  const { localParticipant: own } = room;
  /** From which nothing comes. @type {MediaStreamTrack | null} */
  let silent = null;
  document.querySelector(".call-notices > div")?.append(element);
  room.on("localChanged", () => {
    if (own.isMicrophoneEnabled) clear("mic-muted");
    if (own.track("microphone") !== silent) clear("mic-silent");
  });
  return {
    say,
    clear,
    /** @param {MediaStreamTrack} track @param {() => void} choose  another */
    tellSilent(track, choose) {
      if (own.track("microphone") !== track) return;
      silent = track;
      say("mic-silent", t("mic.silent", { device: track.label }), [{ text: t("mic.silent.choose"), id: "mic-choose", choose }], "status");
    },
    /** @param {() => void} unmute */
    tellMuted(unmute) {
      const isSaid = document.querySelector('[data-alert="stopped-talk"], [data-alert="unmute"]'); // one word about it is enough
      if (own.isMicrophoneEnabled || isSaid) return;
      const words = t(prefs.shortcuts && !isTouch() ? "mic.mutedTalk" : "mic.mutedTalk.tap");
      say("mic-muted", words, [{ text: t("host.unmute"), id: "mic-unmute", choose: unmute }], "status");
    },
  };
}

/**
 * @param {Room} room
 * @param {import("../lib/mic-hints.js").MicHint} hint
 * @param {MediaStreamTrack} track
 * @param {{unmute: () => void, choose: () => void}} act
 */
export function tellOfMic(room, hint, track, { unmute, choose }) {
  const place = placeOf(room);
  if (hint === "silent") place.tellSilent(track, choose);
  else if (hint === "heard") place.clear("mic-silent");
  else place.tellMuted(unmute);
}

/**
 * What was plugged in, with a button to use it, and what becomes of the sound when the speaker in use is unplugged.
 *
 * @param {Room} room
 * @param {MediaDeviceInfo[]} before
 * @param {MediaDeviceInfo[]} now
 * @param {Act} act
 */
export function tellOfDevices(room, before, now, { news, current, choose }) {
  const { say, clear } = placeOf(room);
  const { gone, come } = deviceChanges(before, now);
  for (const { kind, deviceId, label } of gone) {
    clear(`found-${deviceId}`);
    if (kind !== "audiooutput" || deviceId !== current(kind)) continue;
    room.switchActiveDevice("audiooutput", "");
    news.show(t("dev.lost", { device: label, other: t("device.default") }));
  }
  for (const { device, parts } of come) {
    const name = `found-${parts[0].deviceId}`;
    const use = () => parts.forEach(({ kind, deviceId }) => choose(kind, deviceId));
    say(name, t("dev.found", { device }), [{ text: t("dev.use"), choose: use }], "status");
    const stop = room.on("activeDeviceChanged", (_, chosen) => {
      if (!parts.some(({ deviceId }) => deviceId === chosen)) return;
      clear(name);
      stop();
    });
  }
}

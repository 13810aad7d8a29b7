/** What happens in the call, in passing: who comes and goes, shared screens that end, reactions, messages, devices. */

import { announcer } from "../lib/announce.js";
import { explain, t } from "../lib/strings.js";
import { chimes } from "./chimes.js";
import { withPart } from "./lazy.js";

/** @typedef {import("/sdk/room.js").Room} Room */

const QUIET_ABOVE = 10; // people; joins and leaves are not told in larger rooms

/**
 * @param {Room} room
 * @param {object} hooks
 * @param {ReturnType<typeof import("./toasts.js").toasts>} hooks.news
 * @param {() => HTMLElement} hooks.call
 * @param {(id: string) => HTMLElement} hooks.control
 * @param {ReturnType<typeof import("./own-switches.js").ownSwitches>} hooks.switches
 * @param {() => void} hooks.background
 */
export function callNews(room, { news, call, control, switches, background }) {
  const heard = announcer((all) => t("chat.announce", { n: all.length }));
  /** @type {Set<string>} */
  let sharers = new Set();

  /** From when there are any. */
  function captions() {
    if (room.captions.language) withPart(document.body, () => import("./captions.js"), ({ captionsOf }) => captionsOf(room, call(), news.show), "captions");
  }

  /** @param {string} key @param {string} name */
  function tellOfPeople(key, name) {
    if (room.remoteParticipants.size < QUIET_ABOVE && room.state === "connected") news.show(t(key, { name }));
  }

  /** At its button, with a way to try again. @param {import("/sdk/errors.js").TrebleError} error @param {import("/sdk/types.js").Source} source */
  function tellOfDevice(error, source) {
    if (error.code === "processor.failed") return background(); // which says it
    if (source !== "microphone" && source !== "camera") return news.show(explain(error));
    const [id, retry] = source === "microphone" ? ["mic", switches.mic.attempt] : ["camera", switches.cam.attempt];
    const ways = [{ text: t("try.again"), id: "device-again", choose: retry }];
    withPart(call(), () => import("./hint.js"), ({ openHint }) => openHint(control(id), explain(error), ways));
  }

  const stops = [
    chimes(room, QUIET_ABOVE),
    room.on("participantConnected", ({ name }) => tellOfPeople("people.joined", name)),
    room.on("participantDisconnected", ({ name }) => tellOfPeople("people.left", name)),
    room.on("chatMessage", (message) => heard.add(message)),
    room.on("emoted", async (emotions) => (await import("./reactions.js")).showReactions(room, call(), emotions)),
    room.on("aboutChanged", captions),
    room.on("loadChanged", (step) => step === 1 && news.show(t("load.busy"))),
    room.on("mediaDevicesError", tellOfDevice),
    room.on("deviceLost", ({ device, other }) => {
      news.show(other ? t("dev.lost", { device, other }) : t("dev.lost.none", { device }));
    }),
  ];
  captions();
  return {
    elements: [heard.element],
    /** Screens that are shared no more. @param {import("./people-model.js").Person[]} present */
    update(present) {
      const sharing = new Set(present.filter(({ screen }) => screen).map(({ id }) => id));
      const stopped = present.filter(({ id, self }) => !self && sharers.has(id) && !sharing.has(id));
      for (const { name } of stopped) news.show(t("share.ended", { name }));
      sharers = sharing;
    },
    close() {
      for (const stop of stops) stop();
      heard.close();
    },
  };
}

/** Captions in the menu "More": show them, and for whoever may, start, type and stop them. */

import { addCaptionsIcon } from "../lib/late-icon.js";
import { prefs, remember } from "../lib/prefs.js";
import { t } from "../lib/strings.js";
import { withPart } from "./lazy.js";

/** @param {import("/sdk/room.js").Room} room @param {import("./more-menu.js").MoreActions} act @returns {import("./menu.js").MenuItem[]} */
export function captionItems(room, { call, say, attempt }) {
  const { captions, meeting } = room;
  const [isOn, verdict] = [captions.language !== null, meeting.verdict("caption")];
  addCaptionsIcon();

  function start() {
    withPart(call, () => import("./caption-start.js"), ({ openCaptionStart }) => openCaptionStart(call, room));
  }

  function type() {
    withPart(call, () => import("./captions.js"), ({ captionsOf }) => captionsOf(room, call, say).type(), "captions");
  }

  const show = { text: t("captions.show"), icon: "captions", on: prefs.captions === true, id: "captions-show", choose: () => remember({ captions: !prefs.captions }) };
  const asks = { text: t("captions.ask"), icon: "captions", id: "captions-ask", choose: () => attempt(meeting.ask("caption"), t("ask.sent")) };
  /** @type {[boolean, import("./menu.js").MenuItem][]} */
  const all = [
    [isOn, show],
    [!isOn && verdict === "allow", { text: t("captions.start"), icon: "captions", id: "captions-start", choose: start }],
    [isOn && verdict === "allow", { text: t("captions.type"), icon: "edit", id: "captions-type", choose: type }],
    [isOn && verdict === "allow", { text: t("captions.stop"), icon: "close", id: "captions-stop", choose: () => attempt(captions.stop()) }],
    [verdict === "ask" && !meeting.isAsked("caption"), asks],
  ];
  return all.filter(([possible]) => possible).map(([, item]) => item);
}

/**
 * Captions in the call, loaded when there are any: a badge that shows and hides them, the area under the stage, the line for
 * whoever types them. Nothing is sent to who does not want them.
 */

import { languageName } from "../lib/caption-languages.js";
import { addCaptionsIcon } from "../lib/late-icon.js";
import { h, icon, setLabel } from "../lib/dom.js";
import { onRemember, prefs, remember } from "../lib/prefs.js";
import { t } from "../lib/strings.js";
import { captionArea } from "./caption-area.js";
import { captionWriter } from "./caption-writer.js";
import { button } from "./controls.js";
import { onReworded } from "./reword.js";

/**
 * @typedef {import("/sdk/room.js").Room} Room
 * @typedef {(words: string, action?: HTMLElement) => void} Say
 * @typedef {{call: HTMLElement, type: () => void, stop: () => void}} CallCaptions  `type`: open the line to type them in
 */

/** @type {WeakMap<Room, CallCaptions>} */
const known = new WeakMap();

/** Those of this call, there from the first time on. @param {Room} room @param {HTMLElement} call @param {Say} say */
export function captionsOf(room, call, say) {
  const before = known.get(room);
  if (before?.call === call) return before;
  before?.stop(); // of a screen that is gone
  const captions = join(room, call, say);
  known.set(room, captions);
  return captions;
}

/** @param {Room} room @param {HTMLElement} call @param {Say} say @returns {CallCaptions} */
function join(room, call, say) {
  addCaptionsIcon();
  const words = h("span", {});
  const badge = h("button", { type: "button", class: "strip-badge", id: "captions-badge", onclick: toggle }, icon("captions"), words);
  const area = captionArea(room);
  const writer = captionWriter(room, area.element);
  /** @type {string | null} */
  let said = null;
  let isWanted = false;

  function toggle() {
    remember({ captions: !prefs.captions });
  }

  function update() {
    const { language } = room.captions;
    const shows = language !== null && prefs.captions === true;
    badge.hidden = language === null;
    if (shows || !language) call.querySelector("#captions-show-now")?.closest(".toast")?.remove(); // nothing is left to show
    badge.setAttribute("aria-pressed", String(shows));
    words.textContent = t("captions.badge");
    if (language) setLabel(badge, t(shows ? "captions.hide.in" : "captions.show.in", { language: languageName(language) }));
    if (shows && !area.element.isConnected) call.querySelector(".stage")?.after(area.element);
    if (!shows) hide();
    area.update(language ?? "");
    want(shows);
    if (said !== language) tell(language);
    said = language;
  }

  function hide() {
    writer.close();
    area.clear();
    area.element.remove();
  }

  /** @param {boolean} wanted */
  function want(wanted) {
    if (wanted === isWanted) return;
    isWanted = wanted;
    room.captions.want(wanted).catch(() => (isWanted = !wanted)); // the next change tries again
  }

  /** @param {string | null} language */
  function tell(language) {
    if (!language) return say(t("captions.stopped"));
    const show = button(t("captions.show"), { id: "captions-show-now", class: "button quiet", onclick: toggle });
    if (!prefs.captions) say(t("captions.started", { language: languageName(language) }), show);
  }

  function type() {
    remember({ captions: true });
    writer.open();
  }

  call.querySelector(".strip-space")?.before(badge);
  /** Also while they are not shown. @type {import("./reword.js").Reworded} */
  function reworded(reword) {
    reword(area.element);
    reword(writer.element);
    update();
  }

  const stops = [
    onReworded(reworded),
    room.on("aboutChanged", update),
    room.on("verdictsChanged", writer.update),
    onRemember((changes) => Object.keys(changes).some((key) => key.startsWith("caption")) && update()),
    room.on("disconnected", stop),
  ];

  function stop() {
    for (const one of stops) one();
    hide();
  }

  update();
  return { call, type, stop };
}

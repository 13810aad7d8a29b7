/** The chosen background in a call: what one's camera sends follows it; where it cannot, the camera is off and a notice says why. */

import { failureCode, hasFailed, onBackground, outcome } from "../lib/background.js";
import { h } from "../lib/dom.js";
import { lateBlur } from "../lib/late-blur.js";
import { prefs, useNow } from "../lib/prefs.js";
import { t } from "../lib/strings.js";
import { RATES } from "../blur/pace.js";
import { button, iconButton } from "./controls.js";

/**
 * @param {import("/sdk/room.js").Room} room
 * @param {(words: string) => void} say
 * @param {HTMLElement} notice  hidden, filled here
 */
export function callBackground(room, say, notice) {
  const own = room.localParticipant;
  const words = h("p", {});
  let turn = Promise.resolve();
  let hasSaid = false;
  /** The camera's own picture is sent, until the first blurred one. */
  let isBare = false;
  const close = iconButton({ icon: "close", label: t("close"), onclick: () => leave(() => {}) });
  const ways = h(
    "div",
    { class: "row" },
    button(t("try.again"), { id: "background-again", class: "button primary", onclick: () => leave(again) }),
    button(t("background.unblur"), { id: "unblur", class: "button quiet", onclick: () => leave(unblur) }),
  );
  notice.append(h("div", { class: "field-row" }, words, close), ways);

  function again() {
    own.setCameraEnabled(true);
  }

  function unblur() {
    useNow({ background: "none" });
    turn = turn.then(again);
  }

  /** The notice, by one of its ways. @param {() => void} way */
  function leave(way) {
    notice.hidden = true;
    document.getElementById("camera")?.focus();
    way();
  }

  function follow() {
    turn = turn.then(bring);
  }

  /** A camera that is not blurred yet goes on until it is; one that cannot be is closed. */
  async function bring() {
    const wants = prefs.background === "blur";
    const has = own.getProcessor("camera") !== null;
    if (room.state === "disconnected" || (wants === has && !outcome.hangs)) return;
    outcome.hangs = false;
    isBare = wants && !has && own.isCameraEnabled;
    show();
    if (await own.setProcessor("camera", wants ? lateBlur() : null)) return;
    await own.setCameraEnabled(false);
    await own.setProcessor("camera", lateBlur());
  }

  function hear() {
    follow();
    if (hasFailed()) own.setCameraEnabled(false); // it may have stopped in the middle
    show();
    const { pace } = outcome;
    if (hasSaid || !pace || pace.rate === RATES[0]) return;
    hasSaid = true;
    say(t("background.slow", { n: pace.rate }));
  }

  function show() {
    const failed = hasFailed();
    isBare &&= !failed && !outcome.pace && own.isCameraEnabled && prefs.background === "blur";
    notice.hidden = !failed && !isBare;
    close.hidden = ways.hidden = !failed;
    const now = failed ? t(failureCode()) : isBare ? t("background.bare") : "";
    if (words.textContent !== now) words.textContent = now; // it is read out
  }

  /** @param {number} step */
  function tellLoad(step) {
    const processor = own.getProcessor("camera");
    if (processor && "setLoad" in processor) /** @type {any} */ (processor).setLoad(step);
  }

  const stops = [
    onBackground(hear),
    room.on("loadChanged", tellLoad),
    room.on("localChanged", () => {
      tellLoad(room.load);
      if (isBare) show();
    }),
    room.on("disconnected", end),
  ];

  function end() {
    stops.forEach((stop) => stop());
    notice.replaceChildren();
    notice.hidden = true;
  }

  tellLoad(room.load);
  hear();
  return end;
}

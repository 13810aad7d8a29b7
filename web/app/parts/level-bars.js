/** How loud a microphone is, in five bars. */

import { h } from "../lib/dom.js";
import { meter } from "../lib/meter.js";
import { t } from "../lib/strings.js";

const BARS = 5;

/** @param {string} id */
export function levelBars(id) {
  const bars = Array.from({ length: BARS }, () => h("i"));
  const element = h("div", { class: "level", id, role: "img", "aria-label": t("prejoin.meter") }, ...bars);
  /** @type {MediaStreamTrack | null} */
  let measured = null;
  let stop = () => {};

  /** @param {number} loudness  0 to 1 */
  function show(loudness) {
    bars.forEach((bar, index) => bar.classList.toggle("lit", loudness > (index + 0.5) / (BARS + 1)));
    element.dataset.loud = String(loudness > 0.5 / (BARS + 1));
  }

  /** Of this track from now on. @param {MediaStreamTrack | null} track */
  function follow(track) {
    if (measured === track) return;
    stop();
    measured = track;
    stop = track ? meter(track, show) : () => {};
    show(0);
  }
  return { element, follow, close: () => follow(null) };
}

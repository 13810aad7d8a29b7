/** How the network does, in four steps: an icon whose shape tells it, and a word. */

import { h, icon, setIcon } from "../lib/dom.js";
import { t } from "../lib/strings.js";
import { button } from "./controls.js";

/** @typedef {import("/sdk/types.js").ConnectionQuality} ConnectionQuality */

const OFFER_AFTER_MS = 4_000; // a poor moment is not worth a question

/** Steps that are told on the tile of others. @param {ConnectionQuality | undefined} level */
export function isWeak(level) {
  return level === "fair" || level === "poor";
}

/** One's own, for the strip. */
export function networkStatus() {
  const mark = icon("none");
  const word = h("span", {});
  const element = h("p", { class: "network", id: "network", hidden: true }, mark, word);

  /** @param {ConnectionQuality | undefined} level */
  function update(level) {
    element.hidden = level === undefined;
    if (!level) return;
    const words = t(level === "fair" ? "net.fair.long" : `net.${level}`);
    element.dataset.level = level;
    element.title = t("net.own", { level: words });
    setIcon(element, `net-${level}`);
    word.textContent = t(`net.${level}`);
  }
  return { element, update };
}

/** The offer to do without video; once in a call, unless it is taken. @param {{accept: () => void}} act */
export function poorOffer({ accept }) {
  let refused = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const yes = button(t("more.audio-only"), { id: "net-audio-only", class: "button primary", onclick: accept });
  const no = button(t("net.offer.not"), { id: "net-not-now", class: "button quiet" });
  const element = h("div", { class: "banner", id: "net-offer", role: "status", hidden: true }, h("p", {}, t("net.offer")), h("div", { class: "row" }, yes, no));
  no.onclick = () => {
    refused = true;
    element.hidden = true;
  };

  /** @param {ConnectionQuality | undefined} level @param {boolean} audioOnly */
  function update(level, audioOnly) {
    const wanted = level === "poor" && !audioOnly && !refused;
    if (!wanted) {
      clearTimeout(timer);
      timer = undefined;
      element.hidden = true;
    } else timer ??= setTimeout(() => (element.hidden = false), OFFER_AFTER_MS);
  }
  return { element, update, close: () => clearTimeout(timer) };
}

/** The state of the connection, where it is not as it should be: reconnecting, server gone, offline, back. */

import { h } from "../lib/dom.js";
import { t } from "../lib/strings.js";
import { button } from "./controls.js";
import { countdown } from "./countdown.js";

const QUIET_MS = 300; // shorter losses are not worth a word
const BACK_MS = 3_000;
const COUNTED_SECONDS = 2; // shorter waits are not counted down

/** @param {{now: () => void}} act */
export function connectionBanner(act) {
  const text = h("p", {});
  const now = button(t("gone.now"), { id: "retry-now", class: "button quiet", hidden: true, onclick: act.now });
  const element = h("div", { class: "banner", id: "banner", role: "status", hidden: true }, text, now);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let stopCounting = () => {};
  let away = false;

  /** @param {string} words @param {string} kind */
  function say(words, kind) {
    text.textContent = words;
    element.dataset.kind = kind;
    element.hidden = false;
  }

  function clear() {
    clearTimeout(timer);
    stopCounting();
    now.hidden = true;
  }

  return {
    element,
    close: clear,

    reconnecting() {
      away = true;
      clear();
      timer = setTimeout(() => say(t(navigator.onLine ? "reconnecting" : "offline"), "warn"), QUIET_MS);
    },

    /** @param {number} seconds */
    retrying(seconds) {
      if (!away || seconds < COUNTED_SECONDS) return;
      clear();
      if (!navigator.onLine) return say(t("offline"), "warn");
      now.hidden = false;
      stopCounting = countdown(seconds, (left) => {
        say(left ? t("gone", { s: left }) : t("gone.trying"), "warn");
      }, element);
    },

    reconnected() {
      away = false;
      clear();
      if (element.hidden) return;
      say(t("back"), "ok");
      timer = setTimeout(() => (element.hidden = true), BACK_MS);
    },
  };
}

/** What happens while joining: nothing for 300 ms, then "Joining…", after 10 s what is slow, or the failure. */

import { h } from "../lib/dom.js";
import { explain, t } from "../lib/strings.js";
import { button } from "./controls.js";
import { countdown } from "./countdown.js";

const QUIET_MS = 300;
const SLOW_MS = 10_000;

/** @param {{now: () => void, cancel: () => void, slow: () => string}} actions  `slow`: the words for what it waits for now */
export function joinStatus(actions) {
  const text = h("p", { id: "join-status", role: "status" });
  const error = h("p", { id: "join-error", class: "error", role: "status", hidden: true });
  const now = button(t("gone.now"), { id: "retry-now", class: "button quiet", onclick: actions.now });
  const cancel = button(t("cancel"), { id: "cancel-join", class: "button quiet", onclick: actions.cancel });
  const row = h("div", { class: "row", hidden: true }, now, cancel);
  /** @type {ReturnType<typeof setTimeout>[]} */
  let timers = [];
  let stopCounting = () => {};

  function clear() {
    timers.forEach(clearTimeout);
    timers = [];
    stopCounting();
    row.hidden = true;
    text.textContent = "";
    error.hidden = true;
  }

  return {
    element: h("div", { class: "join-status" }, text, error, row),
    close: clear,

    busy() {
      clear();
      timers.push(
        setTimeout(() => (text.textContent = t("joining")), QUIET_MS),
        setTimeout(() => (text.textContent = actions.slow()), SLOW_MS),
      );
    },

    /** @param {number} seconds */
    retrying(seconds) {
      clear();
      row.hidden = false;
      stopCounting = countdown(seconds, (left) => {
        if (!navigator.onLine) text.textContent = t("offline");
        else text.textContent = left > 0 ? t("gone", { s: left }) : t("gone.trying");
      }, text);
    },

    /** @param {import("/sdk/index.js").TrebleError | null} failure */
    failed(failure) {
      clear();
      error.hidden = !failure;
      error.textContent = failure ? explain(failure) : "";
      if (failure) error.dataset.code = failure.code;
    },
  };
}

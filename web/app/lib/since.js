/** How long ago, in the words of a glance: seconds, minutes, hours. */

import { locale, t } from "./strings.js";

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** @param {number} at  Unix ms @param {number} [now] */
export function sinceWords(at, now = Date.now()) {
  const seconds = Math.max(0, Math.round((now - at) / 1000));
  if (seconds < 5) return t("door.now");
  return t("door.since", { time: spanWords(seconds) });
}

/** @param {number} seconds */
function spanWords(seconds) {
  if (seconds < MINUTE) return t("door.seconds", { n: seconds });
  if (seconds < HOUR) return t("door.minutes", { n: Math.floor(seconds / MINUTE) });
  return t("door.hours", { n: Math.floor(seconds / HOUR) });
}

/** The time of day of a message. @param {number} at  Unix ms */
export function clockWords(at) {
  return new Date(at).toLocaleTimeString(locale(), { hour: "2-digit", minute: "2-digit" });
}

/** Day and time. @param {number} at  Unix ms */
export function dateWords(at) {
  return new Date(at).toLocaleString(locale(), { dateStyle: "short", timeStyle: "short" });
}

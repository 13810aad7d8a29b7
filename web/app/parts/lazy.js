/** Parts of the page that are loaded when they are first wanted; where that fails, a notice says what to do. */

import { h } from "../lib/dom.js";
import { needStyles } from "../lib/styles.js";
import { moreStrings, t } from "../lib/strings.js";
import { button } from "./controls.js";

const WAIT_MS = 300;
const SLOW_MS = 10_000;

/**
 * Load with its words, then use: `withPart(element, () => import("./x-dialog.js"), ({ openX }) => openX(element), "x")`.
 *
 * @template T
 * @param {Element} host  on whose behalf
 * @param {() => Promise<T>} load
 * @param {(part: T) => unknown} use
 * @param {string[]} styles  sheets of `app/styles` that come with it
 */
export function withPart(host, load, use, ...styles) {
  return bring(host, () => Promise.all([load(), moreStrings(), needStyles(...styles)]), ([part]) => use(part));
}

/**
 * Nothing happens where `host` has left the page meanwhile. Resolves once it is used or given up.
 *
 * @template T
 * @param {Element} host
 * @param {() => Promise<T>} load
 * @param {(loaded: T) => unknown} use
 */
export async function bring(host, load, use) {
  const wait = setTimeout(() => say(t("part.loading")), WAIT_MS);
  const slow = setTimeout(() => say(t("part.slow")), SLOW_MS);
  /** @type {T} */
  let part;
  try {
    part = await load().finally(() => {
      clearTimeout(wait);
      clearTimeout(slow);
    });
  } catch {
    if (!host.isConnected) return silence();
    const again = () => bring(host, load, use);
    return (await isReachable()) ? sayUpdated() : sayFailed(again);
  }
  silence();
  if (host.isConnected) await use(part);
}

/** Whether the server answers: what it cannot give then is of a page that it has no more. */
async function isReachable() {
  return fetch("/api/health", { cache: "no-store" }).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** Over all dialogs, for as long as it is true. @type {HTMLElement | null} */
let notice = null;

/** @param {string} words @param {HTMLElement[]} actions */
function say(words, ...actions) {
  silence();
  notice = h("div", { class: "part-notice", id: "part-notice", role: "status", popover: "manual" }, h("p", {}, words), ...actions);
  document.body.append(notice);
  notice.showPopover?.();
}

function silence() {
  notice?.remove();
  notice = null;
}

/** @param {() => void} again */
function sayFailed(again) {
  const retry = button(t("try.again"), { id: "part-retry", class: "button primary", onclick: again });
  say(t("part.failed"), retry, button(t("close"), { class: "button quiet", onclick: silence }));
  retry.focus();
}

function sayUpdated() {
  const reload = button(t("part.reload"), { id: "part-reload", class: "button primary", onclick: () => location.reload() });
  say(t("part.updated"), reload, button(t("close"), { class: "button quiet", onclick: silence }));
  reload.focus();
}

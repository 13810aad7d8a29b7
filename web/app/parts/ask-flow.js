/**
 * What one may do only when a host agrees: asking for it at its control, and hearing what became of it. Nothing starts
 * by itself when a host has agreed: a browser wants a click before it shares, and a person one before being heard.
 */

import { explain, t } from "../lib/strings.js";

/**
 * @typedef {import("/sdk/room.js").Room} Room
 * @typedef {{action: string, key: string, start: () => void}} Guarded  `key` of the words of the button that starts it
 */

/**
 * @param {Room} room
 * @param {Guarded[]} guarded
 * @param {{news: ReturnType<typeof import("./toasts.js").toasts>, alerts: ReturnType<typeof import("./alerts.js").alerts>, changed: () => void,
 *   openHint: typeof import("./hint.js").openHint}} parts
 */
export function askFlow({ meeting }, guarded, { news, alerts, changed, openHint }) {
  /** @param {string} action */
  async function ask(action) {
    try {
      await meeting.ask(action);
      news.show(t("ask.sent"));
    } catch (error) {
      news.show(explain(/** @type {import("/sdk/index.js").TrebleError} */ (error)));
    }
    changed();
  }

  /** @param {string} action */
  async function takeBack(action) {
    await meeting.unask(action).catch(() => {}); // it may just have been answered
    changed();
  }

  /**
   * Do it, or say at the control why not and how one may ask.
   *
   * @param {string} action
   * @param {HTMLElement} opener
   * @param {() => void} start
   */
  function attempt(action, opener, start) {
    const verdict = meeting.verdict(action);
    if (verdict === "allow") return start();
    if (meeting.isAsked(action)) {
      return openHint(opener, t("ask.sent"), [{ text: t("ask.back"), id: "ask-back", choose: () => takeBack(action) }]);
    }
    const ways = verdict === "ask" ? [{ text: t("ask.do"), id: "ask", choose: () => ask(action) }] : [];
    openHint(opener, verdict === "ask" ? t(`ask.${action}`) : t("forbidden"), ways);
  }

  /** @param {string} action @param {import("/sdk/host-types.js").Outcome} outcome */
  function decided(action, outcome) {
    const one = guarded.find((each) => each.action === action);
    if (outcome === "allow") alerts.clear(`stopped-${action}`);
    if (outcome === "deny") news.show(t("ask.no"));
    else if (outcome === "expired") alerts.say("granted", t("ask.expired"), one ? [{ text: t("ask.again"), choose: () => ask(action) }] : []);
    else if (one) alerts.say("granted", t("ask.yes"), [{ text: t(one.key), id: "granted-start", choose: one.start }]);
    else news.show(t("ask.yes"));
    changed();
  }
  return { attempt, ask, decided };
}

/** How a host hears of the door while looking elsewhere: a sound, the title of the tab, a notification. */

import { t } from "./strings.js";

async function ring() {
  const { playSound } = await import("./sounds.js");
  await playSound("knock").catch(() => {}); // without sound the page says it all the same
}

/** The number of those who wait, before the title of the tab. @param {number} count */
export function badgeTitle(count) {
  const title = document.title.replace(/^\(\d+\) /, "");
  document.title = count ? t("door.title", { n: count, title }) : title;
}

/** Whether the browser can still be asked to show notifications. */
export function mayAskToNotify() {
  return globalThis.Notification?.permission === "default";
}

/** The browser asks the user. */
export function askToNotify() {
  Notification.requestPermission().catch(() => {}); // an older browser: nothing is shown
}

/** Where the tab is hidden and the user has allowed it. @param {string} name @returns {() => void} takes it away */
export function notifyOfKnock(name) {
  if (!document.hidden || globalThis.Notification?.permission !== "granted") return () => {};
  try {
    const notification = new Notification(t("door.notification", { name }), { tag: "treble-door" });
    notification.onclick = () => {
      focus();
      notification.close();
    };
    return () => notification.close();
  } catch {
    return () => {}; // some phones show them by a service worker only
  }
}

const GONE_MS = 10_000; // a new Session hears anew of those who wait

/**
 * Tells each newcomer once.
 *
 * @param {{sound: () => boolean}} may
 */
export function doorBell({ sound }) {
  /** When each was last seen, Unix ms. @type {Map<string, number>} */
  const seen = new Map();
  /** @type {string[]} */
  let present = [];
  let withdraw = () => {};

  /** @param {import("/sdk/host-types.js").Waiter[]} waiters */
  function update(waiters) {
    const now = Date.now();
    for (const participant of present) seen.set(participant, now);
    const fresh = waiters.filter(({ participant }) => now - (seen.get(participant) ?? 0) > GONE_MS);
    present = waiters.map(({ participant }) => participant);
    badgeTitle(waiters.length);
    if (!waiters.length) withdraw();
    if (!fresh.length) return;
    if (sound()) ring();
    withdraw();
    withdraw = notifyOfKnock(fresh[0].name);
  }

  function close() {
    withdraw();
    badgeTitle(0);
  }
  return { update, close };
}

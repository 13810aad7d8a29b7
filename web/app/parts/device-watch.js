/**
 * Looks at what is plugged in and out; what is said of it comes with the first change.
 * (That a microphone or camera in use has gone, its Track tells: `deviceLost`.)
 */

import { withPart } from "./lazy.js";

/**
 * @typedef {import("./device-fields.js").Kind} Kind
 *
 * @typedef {object} Act
 * @property {ReturnType<typeof import("./toasts.js").toasts>} news
 * @property {(kind: Kind) => string} current
 * @property {(kind: Kind, device: string) => void} choose  and remember
 */

/** @param {import("/sdk/room.js").Room} room @param {Act} act */
export function deviceWatch(room, act) {
  const media = navigator.mediaDevices;
  /** @type {MediaDeviceInfo[] | null} */
  let known = null;

  async function look() {
    const now = (await media?.enumerateDevices()) ?? [];
    const before = known;
    known = now;
    if (before) withPart(document.body, () => import("./device-news.js"), ({ tellOfDevices }) => tellOfDevices(room, before, now, act));
  }

  look();
  media?.addEventListener("devicechange", look);
  return () => media?.removeEventListener("devicechange", look);
}

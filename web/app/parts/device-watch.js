/**
 * Says what is plugged in, with a button to use it, and what becomes of the sound when the speaker in use is unplugged.
 * (That a microphone or camera in use has gone, its Track tells: `deviceLost`.)
 */

import { t } from "../lib/strings.js";
import { button } from "./controls.js";

/**
 * @typedef {import("./device-fields.js").Kind} Kind
 *
 * @param {object} act
 * @param {ReturnType<typeof import("./toasts.js").toasts>} act.news
 * @param {(kind: Kind) => string} act.current
 * @param {(kind: Kind, device: string) => void} act.choose  and remember
 * @param {() => void} act.useDefaultSpeaker
 */
export function deviceWatch({ news, current, choose, useDefaultSpeaker }) {
  const media = navigator.mediaDevices;
  /** @type {MediaDeviceInfo[] | null} */
  let known = null;

  async function look() {
    const now = (await media?.enumerateDevices()) ?? [];
    const before = known;
    known = now;
    if (!before) return;
    const { deviceChanges } = await import("../lib/device-changes.js");
    const { gone, come } = deviceChanges(before, now);
    for (const { kind, deviceId, label } of gone) {
      if (kind !== "audiooutput" || deviceId !== current(kind)) continue;
      useDefaultSpeaker();
      news.show(t("dev.lost", { device: label, other: t("device.default") }));
    }
    for (const found of come) offer(found);
  }

  /** @param {import("../lib/device-changes.js").Found} found */
  function offer({ device, parts }) {
    const onclick = () => parts.forEach(({ kind, deviceId }) => choose(kind, deviceId));
    news.show(t("dev.found", { device }), button(t("dev.use"), { class: "button quiet device-use", onclick }));
  }

  look();
  media?.addEventListener("devicechange", look);
  return () => media?.removeEventListener("devicechange", look);
}

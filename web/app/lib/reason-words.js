/** Why a picture is no better, in words. */

import { hasText, t } from "./strings.js";

/** @param {{reason: string, name: string, codec: string, cap: number, paused: boolean, layer: number | null}} state */
export function reasonWords({ reason, name, codec, cap, paused, layer }) {
  const more = paused ? "paused" : reason === "codec" && layer !== null ? "codec-larger" : reason;
  const key = `reason.${more}`;
  return hasText(key) ? t(key, { name, codec, p: t("quality.lines", { n: cap }) }) : "";
}

/** The size of a file as people read it. */

import { figure, t } from "./strings.js";

/** @param {number} bytes */
export function sizeWords(bytes) {
  if (bytes < 1000) return t("chat.file.bytes", { n: bytes });
  if (bytes < 1_000_000) return t("chat.file.kilobytes", { n: Math.round(bytes / 1000) });
  return t("chat.file.megabytes", { n: figure(bytes / 1_000_000, 1) });
}

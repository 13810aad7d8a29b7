/** Figures of a picture in words and numbers that a person can read. */

import { figure, t } from "./strings.js";

/** @typedef {import("/sdk/stats.js").Figures} Figures */

const MEGA = 1_000_000;

/** @param {number | null} bits  per second */
export function bitrateWords(bits) {
  if (bits === null) return t("stats.none");
  if (bits >= MEGA) return t("stats.megabits", { n: figure(bits / MEGA, 1) });
  return t("stats.kilobits", { n: Math.round(bits / 1000) });
}

/** @param {Figures | null} figures */
export function pictureWords(figures) {
  if (!figures?.width || !figures.height) return t("stats.none");
  const { width, height, frameRate } = figures;
  return t("stats.size", { width, height, rate: frameRate === null ? t("stats.none") : Math.round(frameRate) });
}

/** @param {Figures | null} figures */
export function dataWords(figures) {
  if (!figures || figures.bitrate === null) return t("stats.none");
  return t("stats.rate", { rate: bitrateWords(figures.bitrate), codec: figures.codec }).trim();
}

/** @param {Figures | null} figures */
export function lossWords(figures) {
  if (!figures || figures.loss === null) return t("stats.none");
  const percent = figures.loss * 100;
  return t("stats.percent", { n: percent > 0 && percent < 10 ? figure(percent, 1) : Math.round(percent) });
}

/** @param {Figures | null} figures */
export function delayWords(figures) {
  if (!figures || figures.rtt === null) return t("stats.none");
  return t("stats.time", { rtt: Math.round(figures.rtt * 1000), jitter: Math.round((figures.jitter ?? 0) * 1000) });
}

/** Counted from one, as people do. @param {number | null} layer @param {number | null} temporal */
export function layerWords(layer, temporal) {
  if (layer === null) return t("stats.none");
  if (temporal === null) return t("stats.layer.number", { layer: layer + 1 });
  return t("stats.layer.temporal", { layer: layer + 1, temporal: temporal + 1 });
}

/** What stands behind one in one's own picture: the choice, and whether this server and this browser can do it. */

import { prefs, remember } from "./prefs.js";

/** @typedef {"none" | "blur"} Background */

const FILES = {
  loader: "/vendor/segmenter/tflite-simd-1-0-0.js",
  wasm: "/vendor/segmenter/tflite-simd-1-0-0.wasm",
  model: "/vendor/segmenter/selfie_segmentation_landscape.tflite",
};

/** @type {Set<() => void>} */
const listeners = new Set();
/**
 * `pace`: pictures a second and milliseconds a picture, while it is blurred. `failed`: that was chosen and could not be done.
 *
 * @type {{pace: {rate: number, mean: number} | null, failed: boolean}}
 */
export const outcome = { pace: null, failed: false };

/** The page's import map names only folders that the server has. */
export function canBlur() {
  return "OffscreenCanvas" in globalThis && "captureStream" in HTMLCanvasElement.prototype && new URL(segmenter().model).pathname !== FILES.model;
}

/** Where the segmenter and the worker's own modules lie. */
export function segmenter() {
  const { loader, wasm, model } = FILES;
  return {
    loader: import.meta.resolve(loader),
    wasm: import.meta.resolve(wasm),
    model: import.meta.resolve(model),
    mask: import.meta.resolve("/app/blur/mask.js"),
    pace: import.meta.resolve("/app/blur/pace.js"),
  };
}

/** As chosen, where it can be done. */
export function blurs() {
  return prefs.background === "blur" && canBlur();
}

/** @param {Background} background */
export function chooseBackground(background) {
  remember({ background });
  Object.assign(outcome, { pace: null, failed: false });
  tell();
}

/** @param {{rate: number, mean: number}} now */
export function tellPace(now) {
  outcome.pace = now;
  tell();
}

/** It could not be done: the choice is taken back, and said to be. */
export function tellFailed() {
  chooseBackground("none");
  outcome.failed = true;
  tell();
}

/** Of another choice, pace or failure. @param {() => void} listener @returns {() => void} */
export function onBackground(listener) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** A processor that blurs, loaded now; null: nothing is to be blurred. */
export async function backgroundProcessor() {
  if (!blurs()) return null;
  const { BlurProcessor } = await import("../blur/processor.js");
  return new BlurProcessor(tellPace);
}

function tell() {
  for (const listener of listeners) listener();
}

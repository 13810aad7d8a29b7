/** What has become of the chosen background, and the words for it. The choice is `prefs.background`: as long as it stands, nobody sees more. */

import { BlurProcessor } from "../blur/processor.js";
import { onRemember, prefs } from "./prefs.js";
import { hasText, moreStrings } from "./strings.js";

/** @typedef {"" | "browser" | "server" | "failed"} Failure  `failed`: not loaded, or it stopped */

/** @type {Set<() => void>} */
const listeners = new Set();
/**
 * `pace`: pictures a second and milliseconds a picture, while it is blurred. `failure`: why it cannot be. `hangs`: another
 * processor is wanted in the place of the one that hangs.
 *
 * @type {{pace: {rate: number, mean: number} | null, failure: Failure, hangs: boolean}}
 */
export const outcome = { pace: null, failure: "", hangs: false };

/** Since the last failure or choice. */
let hangs = 0;

onRemember(({ background }) => {
  if (!background) return;
  hangs = 0;
  become({ pace: null, failure: "", hangs: false });
});

/** Whether the chosen background could not be made: the camera is off then. */
export function hasFailed() {
  return outcome.failure !== "" && prefs.background !== "none";
}

/** Key of the words for it; others come later where there are none yet for why. */
export function failureCode() {
  const code = `background.${outcome.failure}`;
  return hasText(code) ? code : "background.failed";
}

/** Of another choice, pace or failure. @param {() => void} listener @returns {() => void} */
export function onBackground(listener) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** A processor of the SDK whose fate is told here. */
export function blurProcessor() {
  return new BlurProcessor({
    pace: (pace) => become({ pace }),
    failure: (failure) => become({ failure, pace: null, hangs: false }),
    hangs: tellHang,
  });
}

/** Another try, once. */
export function tellHang() {
  hangs += 1;
  if (hangs === 1) return become({ hangs: true });
  hangs = 0;
  become({ failure: "failed", pace: null, hangs: false });
}

/** @param {Partial<typeof outcome>} now */
function become(now) {
  Object.assign(outcome, now);
  tell();
  if (now.failure) moreStrings().then(tell, () => {}); // they say more of it
}

function tell() {
  for (const listener of listeners) listener();
}

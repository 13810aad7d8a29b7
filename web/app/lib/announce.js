/** Says how many came, at most once in five seconds, so that a lively chat does not drown the rest. */

import { h } from "./dom.js";

const EVERY_MS = 5_000;

/** @param {(count: number) => string} words */
export function announcer(words) {
  const element = h("p", { class: "for-ears", role: "status" });
  let count = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  function tell() {
    timer = undefined;
    if (count) element.textContent = words(count);
    count = 0;
  }

  return {
    element,
    add() {
      count += 1;
      timer ??= setTimeout(tell, EVERY_MS);
    },
    close: () => clearTimeout(timer),
  };
}

/** Says what came, at most once in five seconds, so that a lively chat does not drown the rest. */

import { h } from "./dom.js";

const EVERY_MS = 5_000;

/**
 * @template Thing
 * @param {(things: Thing[]) => string} words  for all that came since
 */
export function announcer(words) {
  const element = h("p", { class: "unseen", role: "status" });
  /** @type {Thing[]} */
  let things = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  function tell() {
    timer = undefined;
    element.textContent = words(things);
    things = [];
  }

  return {
    element,
    /** @param {Thing} thing */
    add(thing) {
      things.push(thing);
      timer ??= setTimeout(tell, EVERY_MS);
    },
    close: () => clearTimeout(timer),
  };
}

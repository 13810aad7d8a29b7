/** A finger that moves far enough to the side turns a page. */

const FAR = 60; // pixels

/**
 * @param {HTMLElement} element
 * @param {(step: 1 | -1) => void} turn
 */
export function listenForSwipes(element, turn) {
  let from = 0;
  element.addEventListener("touchstart", ({ touches }) => (from = touches[0].clientX), { passive: true });
  element.addEventListener("touchend", ({ changedTouches }) => {
    const moved = changedTouches[0].clientX - from;
    if (Math.abs(moved) > FAR) turn(moved < 0 ? 1 : -1);
  });
}

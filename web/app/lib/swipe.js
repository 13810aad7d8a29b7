/** A finger that moves far enough to the side, and not up or down, turns a page; two fingers do not. */

const FAR = 60; // pixels
const SLANT = 1.5; // so many times further to the side than up or down

/**
 * @param {number} across  pixels, to the right
 * @param {number} down
 * @param {boolean} rtl  the next page is on the left
 * @returns {-1 | 0 | 1}
 */
export function swipeStep(across, down, rtl) {
  if (Math.abs(across) <= FAR || Math.abs(across) < SLANT * Math.abs(down)) return 0;
  return across < 0 === rtl ? -1 : 1;
}

/**
 * @param {HTMLElement} element  in it, `[data-zoomed]` has a use of its own for fingers
 * @param {(step: 1 | -1) => void} turn
 */
export function listenForSwipes(element, turn) {
  /** @type {Touch | null} */
  let from = null;
  element.addEventListener(
    "touchstart",
    ({ touches, target }) => {
      const zoomed = target instanceof Element && target.closest("[data-zoomed]");
      from = touches.length === 1 && !zoomed ? touches[0] : null;
    },
    { passive: true },
  );
  element.addEventListener("touchcancel", () => (from = null));
  element.addEventListener("touchend", ({ changedTouches: [to] }) => {
    if (!from) return;
    const step = swipeStep(to.clientX - from.clientX, to.clientY - from.clientY, getComputedStyle(element).direction === "rtl");
    from = null;
    if (step) turn(step);
  });
}

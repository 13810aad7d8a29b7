/**
 * Tell the whole seconds left, at once and each second, down to 0.
 *
 * @param {number} seconds
 * @param {(left: number) => void} tell
 * @param {HTMLElement} [live]  a live region that holds it: only the beginning and the end are read out
 * @returns {() => void}  stops it
 */
export function countdown(seconds, tell, live) {
  const end = performance.now() + seconds * 1000;
  let isFirst = true;
  const tick = () => {
    const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
    if (live) live.ariaLive = isFirst || !left ? "polite" : "off";
    isFirst = false;
    tell(left);
    if (left === 0) clearInterval(timer);
  };
  const timer = setInterval(tick, 1000);
  tick();
  return () => {
    clearInterval(timer);
    if (live) live.ariaLive = "polite";
  };
}

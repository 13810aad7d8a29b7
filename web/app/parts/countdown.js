/**
 * Tell the whole seconds left, at once and each second, down to 0.
 *
 * @param {number} seconds
 * @param {(left: number) => void} tell
 * @returns {() => void}  stops it
 */
export function countdown(seconds, tell) {
  const end = performance.now() + seconds * 1000;
  const tick = () => {
    const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
    tell(left);
    if (left === 0) clearInterval(timer);
  };
  const timer = setInterval(tick, 1000);
  tick();
  return () => clearInterval(timer);
}

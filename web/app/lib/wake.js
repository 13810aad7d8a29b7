/** Keep the screen on while in a call, where the browser can; asked again each time the page is seen. */
export function keepAwake() {
  /** @type {WakeLockSentinel | null} */
  let lock = null;
  const stopped = new AbortController();
  const ask = async () => {
    if (document.hidden || !("wakeLock" in navigator)) return;
    lock = await navigator.wakeLock.request("screen").catch(() => null);
    if (stopped.signal.aborted) lock?.release();
  };
  document.addEventListener("visibilitychange", ask, { signal: stopped.signal });
  ask();
  return () => {
    stopped.abort();
    lock?.release();
  };
}

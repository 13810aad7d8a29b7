/**
 * The call on the whole screen. There the control bar hides after 4 s without pointer, touch or key; never while it
 * has focus, a menu or dialog is open, or somebody waits.
 */

const IDLE_MS = 4_000;
const ACTS = ["pointermove", "pointerdown", "touchstart", "keydown", "wheel"];
const OPEN = "[popover]:popover-open, dialog[open]";

/**
 * @param {HTMLElement} call  holds the bar; gets the classes `is-full` and `is-idle`
 * @param {() => boolean} mustStay
 */
export function fullScreen(call, mustStay) {
  const stopped = new AbortController();
  const { signal } = stopped;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const isOn = () => document.fullscreenElement !== null;

  function wake() {
    call.classList.remove("is-idle");
    clearTimeout(timer);
    if (isOn()) timer = setTimeout(rest, IDLE_MS);
  }

  function rest() {
    const inUse = call.querySelector(".bar :focus-visible") ?? document.querySelector(OPEN);
    if (inUse || mustStay()) return wake();
    call.classList.add("is-idle");
  }

  document.addEventListener(
    "fullscreenchange",
    () => {
      call.classList.toggle("is-full", isOn());
      wake();
    },
    { signal },
  );
  for (const act of ACTS) addEventListener(act, wake, { signal, passive: true, capture: true });

  return {
    toggle: () => (isOn() ? document.exitFullscreen() : document.documentElement.requestFullscreen({ navigationUI: "hide" })).catch(() => {}),
    /** After a change of who waits. */
    update: () => mustStay() && wake(),
    close() {
      stopped.abort();
      clearTimeout(timer);
      if (isOn()) document.exitFullscreen().catch(() => {});
    },
  };
}

/**
 * Shortcuts: off while composing and under a dialog; single keys but Esc also in text fields. With other modifiers than those
 * that they name they are the browser's.
 */

/**
 * @param {{[key: string]: () => unknown}} actions  keys in lower case: `m`, `ctrl+shift+l`
 * @returns {() => void}  stops listening
 */
export function shortcuts(actions) {
  const stopped = new AbortController();
  addEventListener("keydown", (event) => onKey(event, actions), { signal: stopped.signal });
  return () => stopped.abort();
}

/** @param {KeyboardEvent} event @param {{[key: string]: (() => unknown)}} actions */
function onKey(event, actions) {
  if (event.isComposing || event.repeat || event.metaKey || event.altKey) return;
  if ((!event.ctrlKey && event.key !== "Escape" && isTyping(event.target)) || document.querySelector("dialog[open], [popover]:popover-open")) return;
  const key = event.key.toLowerCase();
  const action = actions[event.ctrlKey ? `ctrl+${event.shiftKey ? "shift+" : ""}${key}` : key];
  if (!action) return;
  event.preventDefault();
  action();
}

/** @param {EventTarget | null} target */
function isTyping(target) {
  return target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]");
}

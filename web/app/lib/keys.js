/** Single-letter shortcuts: off in text fields, with modifiers, while composing, and under a dialog. */

/**
 * @param {{[key: string]: () => void}} actions  keys in lower case
 * @returns {() => void}  stops listening
 */
export function shortcuts(actions) {
  const stopped = new AbortController();
  addEventListener("keydown", (event) => onKey(event, actions), { signal: stopped.signal });
  return () => stopped.abort();
}

/** @param {KeyboardEvent} event @param {{[key: string]: () => void}} actions */
function onKey(event, actions) {
  if (event.isComposing || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  if (isTyping(event.target) || document.querySelector("dialog[open], [popover]:popover-open")) return;
  const action = actions[event.key.toLowerCase()];
  if (!action) return;
  event.preventDefault();
  action();
}

/** @param {EventTarget | null} target */
function isTyping(target) {
  return target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]");
}

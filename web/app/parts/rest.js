/** Buttons that rest while what they asked for is under way. */

/** @param {Event} event */
function refuse(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}

/** It does nothing meanwhile; unlike a disabled one it keeps the focus. @param {HTMLElement} control @param {boolean} on */
export function rest(control, on) {
  control.ariaDisabled = String(on);
  if (on) control.addEventListener("click", refuse, true);
  else control.removeEventListener("click", refuse, true);
}

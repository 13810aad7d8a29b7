/**
 * The focus of who goes by keys is never nowhere: where its control goes away (a notice that was answered, the row of somebody
 * who left), it comes to the same control made anew, or back to the latest that is still there.
 */

const REMEMBERED = 20;
const WATCHED = { subtree: true, childList: true, attributeFilter: ["hidden", "disabled", "open"] };

/** Where the focus was, the latest last. @type {HTMLElement[]} */
let trail = [];
let watches = false;
let asked = false;

export function keepFocus() {
  if (watches) return;
  watches = true;
  note(document.activeElement);
  addEventListener("focusin", ({ target }) => note(target));
  new MutationObserver(() => {
    if (!asked) setTimeout(look); // whoever closes something gives the focus back first
    asked = true;
  }).observe(document.body, WATCHED);
}

/** A pointer takes the focus along by itself. @param {EventTarget | null} target */
function note(target) {
  if (!(target instanceof HTMLElement) || target === document.body) return;
  trail = target.matches(":focus-visible") ? [...trail.filter((one) => one !== target), target].slice(-REMEMBERED) : [];
}

function look() {
  asked = false;
  const last = trail.at(-1);
  const active = document.activeElement;
  if (!last || isThere(last) || (active && active !== document.body && isThere(active))) return;
  const start = document.querySelector("main[tabindex], h1");
  if (!start?.hasAttribute("tabindex")) start?.setAttribute("tabindex", "-1");
  for (const one of [document.getElementById(last.id), ...trail.toReversed(), start]) {
    if (!(one instanceof HTMLElement) || !isThere(one)) continue;
    one.focus();
    if (document.activeElement === one) return; // what lies under a dialog cannot take it
  }
}

/** @param {Element} element */
function isThere(element) {
  return element.isConnected && element.checkVisibility({ visibilityProperty: true }) && !element.matches(":disabled");
}

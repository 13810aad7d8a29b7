/** Short news that needs no answer: five seconds, longer under the pointer or the focus, at most three. */

import { h } from "../lib/dom.js";

const SHOWN_MS = 5_000;
const MOST = 3;

export function toasts() {
  const element = h("div", { class: "toasts", role: "status" });

  /** @param {string} text @param {HTMLElement} [action] */
  function show(text, action) {
    const toast = h("div", { class: "toast", tabindex: -1 }, h("p", {}, text), action);
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const stay = () => clearTimeout(timer);
    const leave = () => {
      stay();
      if (!toast.matches(":hover, :focus-within")) timer = setTimeout(() => toast.remove(), SHOWN_MS);
    };
    toast.addEventListener("pointerenter", stay);
    toast.addEventListener("pointerleave", leave);
    toast.addEventListener("focusin", stay);
    toast.addEventListener("focusout", () => queueMicrotask(leave)); // until then it still has the focus
    element.append(toast);
    const idle = [...element.children].filter((one) => !one.matches(":hover, :focus-within"));
    if (element.childElementCount > MOST) idle[0].remove();
    leave();
  }
  return { element, show };
}

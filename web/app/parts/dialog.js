/** A dialog that closes by Esc, by a click beside it or by its buttons, and gives the focus back. */

import { h } from "../lib/dom.js";

let made = 0;

/**
 * @param {HTMLElement} parent
 * @param {{id?: string, class?: string, title: string}} names
 * @param {(close: () => void) => (Node | string | null | false)[]} content  what stands under the title
 */
export function openDialog(parent, { id, class: classes = "", title }, content) {
  const before = document.activeElement;
  const titleId = `dialog-title-${(made += 1)}`;
  const dialog = h("dialog", { id, class: `dialog card ${classes}`, "aria-labelledby": titleId });
  const close = () => dialog.close();
  dialog.append(h("h2", { id: titleId }, title));
  dialog.append(.../** @type {(Node | string)[]} */ (content(close).filter(Boolean)));
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (before instanceof HTMLElement && before.isConnected) before.focus();
  });
  dialog.addEventListener("click", (event) => event.target === dialog && close());
  parent.append(dialog);
  dialog.showModal();
  return dialog;
}

/** A check box with its label and a line of explanation. @param {string} id @param {string} label @param {boolean} on @param {string} [hint] */
export function checkField(id, label, on, hint) {
  const box = h("input", { id, type: "checkbox", checked: on, "aria-describedby": hint ? `${id}-hint` : null });
  const element = h(
    "div",
    { class: "check" },
    h("label", { for: id }, box, h("span", {}, label)),
    hint ? h("p", { class: "hint", id: `${id}-hint` }, hint) : null,
  );
  return { element, box };
}

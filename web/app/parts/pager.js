/** Arrows and dots for the pages of the grid; absent where there is one page. */

import { h } from "../lib/dom.js";
import { t } from "../lib/strings.js";
import { iconButton } from "./controls.js";

/** @param {(step: 1 | -1) => void} turn */
export function pager(turn) {
  const previous = iconButton({ id: "page-previous", icon: "left", label: t("stage.previous"), onclick: () => turn(-1) });
  const next = iconButton({ id: "page-next", icon: "right", label: t("stage.next"), onclick: () => turn(1) });
  const dots = h("p", { class: "dots", role: "img" });
  const element = h("nav", { class: "pager", hidden: true }, previous, dots, next);
  return {
    element,
    isPaged: () => !element.hidden,
    /** @param {number} page @param {number} pages */
    update(page, pages) {
      element.hidden = pages < 2;
      previous.disabled = page === 0;
      next.disabled = page === pages - 1;
      dots.setAttribute("aria-label", t("stage.page", { page: page + 1, pages }));
      dots.replaceChildren(...Array.from({ length: pages }, (_, at) => h("i", { class: at === page ? "here" : "" })));
    },
  };
}

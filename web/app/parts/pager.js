/** Arrows and dots for the pages of the grid, a number where there are many; absent where there is one page. */

import { h } from "../lib/dom.js";
import { t } from "../lib/strings.js";
import { iconButton } from "./controls.js";

const MOST_DOTS = 6;

/** @param {(step: 1 | -1) => void} turn */
export function pager(turn) {
  const previous = iconButton({ id: "page-previous", icon: "left", label: t("stage.previous"), key: "PageUp", onclick: () => turn(-1) });
  const next = iconButton({ id: "page-next", icon: "right", label: t("stage.next"), key: "PageDown", onclick: () => turn(1) });
  const dots = h("p", { class: "dots", role: "img" });
  const element = h("nav", { class: "pager", "aria-label": t("stage.pages"), hidden: true }, previous, dots, next);
  return {
    element,
    /** @param {number} page @param {number} pages */
    update(page, pages) {
      element.hidden = pages < 2;
      const focused = document.activeElement;
      previous.disabled = page === 0;
      next.disabled = page === pages - 1;
      if (focused === next && next.disabled) previous.focus();
      if (focused === previous && previous.disabled) next.focus();
      dots.setAttribute("aria-label", t("stage.page", { page: page + 1, pages }));
      const marks = Array.from({ length: pages }, (_, at) => h("i", { class: at === page ? "here" : "" }));
      dots.replaceChildren(...(pages > MOST_DOTS ? [`${page + 1} / ${pages}`] : marks));
    },
  };
}

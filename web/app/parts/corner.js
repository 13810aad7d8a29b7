/**
 * One's own picture in a corner of the stage: dragged or moved by arrow keys to another corner. Where it is hidden, a
 * button stands there that brings it back.
 */

import { h } from "../lib/dom.js";
import { prefs, remember } from "../lib/prefs.js";
import { t } from "../lib/strings.js";
import { iconButton } from "./controls.js";

/** @typedef {import("./tile.js").Tile} Tile */

const CLICK = 4; // pixels that a press may move without being a drag

export class CornerSelf {
  #holder = h("div", { class: "corner-tile", tabindex: "0", role: "group", "aria-label": t("self.move") });
  #show;
  /** @type {Tile | null} */
  #tile = null;

  /** @param {() => void} show  oneself again */
  constructor(show) {
    this.#show = iconButton({ id: "self-show", icon: "show", label: t("self.show"), onclick: show });
    this.element = h("div", { class: "corner", hidden: true }, this.#holder, this.#show);
    this.#holder.addEventListener("keydown", (event) => this.#onKey(event));
    this.#holder.addEventListener("pointerdown", (event) => this.#drag(event));
    this.#settle();
  }

  /** @param {Tile} tile */
  hold(tile) {
    if (this.#tile !== tile || tile.element.parentElement !== this.#holder) this.#holder.replaceChildren(tile.element);
    this.#tile = tile;
    tile.element.removeAttribute("tabindex"); // the holder is the stop
    tile.more.tabIndex = -1;
    this.#appear(true, false);
    const { clientWidth: width, clientHeight: height } = this.#holder;
    tile.place({ x: 0, y: 0, width, height });
  }

  /** The tile stands elsewhere, or nowhere where `hidden`. @param {boolean} hidden */
  release(hidden) {
    this.#tile = null;
    this.#appear(false, hidden);
  }

  /** To what is there of it. */
  focus() {
    (this.#show.hidden ? this.#holder : this.#show).focus();
  }

  /** @param {boolean} tile @param {boolean} button */
  #appear(tile, button) {
    this.element.hidden = !tile && !button;
    this.#holder.hidden = !tile;
    this.#show.hidden = !button;
  }

  #settle() {
    this.element.dataset.corner = prefs.selfCorner;
    this.element.style.transform = "";
  }

  /** @param {boolean} atEnd @param {boolean} atBottom */
  #moveTo(atEnd, atBottom) {
    remember({ selfCorner: `${atBottom ? "bottom" : "top"}-${atEnd ? "end" : "start"}` });
    this.#settle();
  }

  get #isRtl() {
    return getComputedStyle(this.element).direction === "rtl";
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const [atBottom, atEnd] = [prefs.selfCorner.startsWith("bottom"), prefs.selfCorner.endsWith("end")];
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") this.#moveTo((event.key === "ArrowRight") !== this.#isRtl, atBottom);
    else if (event.key === "ArrowUp" || event.key === "ArrowDown") this.#moveTo(atEnd, event.key === "ArrowDown");
    else if (event.key === "Enter" && event.target === this.#holder) this.#tile?.more.click();
    else return;
    event.preventDefault();
  }

  /** @param {PointerEvent} start */
  #drag(start) {
    if (start.button !== 0 || /** @type {Element} */ (start.target).closest("button")) return;
    let moved = false;
    const move = (/** @type {PointerEvent} */ event) => {
      const [x, y] = [event.clientX - start.clientX, event.clientY - start.clientY];
      moved ||= Math.hypot(x, y) > CLICK;
      if (moved) this.element.style.transform = `translate(${x}px, ${y}px)`;
    };
    const end = () => {
      this.#holder.removeEventListener("pointermove", move);
      if (moved) this.#nearest();
    };
    this.#holder.setPointerCapture(start.pointerId);
    this.#holder.addEventListener("pointermove", move);
    this.#holder.addEventListener("lostpointercapture", end, { once: true });
  }

  #nearest() {
    const own = this.element.getBoundingClientRect();
    const stage = this.element.parentElement?.getBoundingClientRect();
    if (!stage) return;
    const atRight = own.x + own.width / 2 > stage.x + stage.width / 2;
    this.#moveTo(atRight !== this.#isRtl, own.y + own.height / 2 > stage.y + stage.height / 2);
  }
}

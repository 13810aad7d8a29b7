/** One's own picture in a corner of the stage: dragged or moved by arrow keys to another corner, or hidden. */

import { h } from "../lib/dom.js";
import { t } from "../lib/strings.js";
import { iconButton } from "./controls.js";

/** @typedef {import("./tile.js").Tile} Tile */

export class CornerSelf {
  #place = { right: true, bottom: true };
  #hidden = false;
  /** @type {Tile | null} */
  #tile = null;
  #holder = h("div", { class: "corner-tile" });
  #hide = iconButton({ id: "self-hide", icon: "hide", label: t("self.hide"), onclick: () => this.#setHidden(true) });
  #show = iconButton({ id: "self-show", icon: "show", label: t("self.show"), onclick: () => this.#setHidden(false) });

  constructor() {
    this.element = h("div", { class: "corner", hidden: true }, this.#holder, this.#hide, this.#show);
    this.#holder.tabIndex = 0;
    this.#holder.setAttribute("role", "group");
    this.#holder.setAttribute("aria-label", t("self.move"));
    this.#holder.addEventListener("keydown", (event) => this.#onKey(event));
    this.#holder.addEventListener("pointerdown", (event) => this.#drag(event));
    this.#settle();
  }

  /** @param {Tile} tile */
  hold(tile) {
    this.element.hidden = false;
    if (this.#tile !== tile || tile.element.parentElement !== this.#holder) this.#holder.replaceChildren(tile.element);
    this.#tile = tile;
    tile.element.removeAttribute("tabindex"); // the holder is the stop
    const { clientWidth: width, clientHeight: height } = this.#holder;
    tile.place({ x: 0, y: 0, width, height });
  }

  release() {
    this.#tile = null;
    this.element.hidden = true;
  }

  /** @param {boolean} hidden */
  #setHidden(hidden) {
    this.#hidden = hidden;
    this.#settle();
    (hidden ? this.#show : this.#hide).focus();
  }

  #settle() {
    const { dataset } = this.element;
    dataset.x = this.#place.right ? "right" : "left";
    dataset.y = this.#place.bottom ? "bottom" : "top";
    this.#holder.hidden = this.#hide.hidden = this.#hidden;
    this.#show.hidden = !this.#hidden;
    this.element.style.transform = "";
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") this.#place.right = event.key === "ArrowRight";
    else if (event.key === "ArrowUp" || event.key === "ArrowDown") this.#place.bottom = event.key === "ArrowDown";
    else return;
    event.preventDefault();
    this.#settle();
  }

  /** @param {PointerEvent} start */
  #drag(start) {
    if (start.button !== 0) return;
    this.#holder.setPointerCapture(start.pointerId);
    const move = (/** @type {PointerEvent} */ event) => {
      const [x, y] = [event.clientX - start.clientX, event.clientY - start.clientY];
      this.element.style.transform = `translate(${x}px, ${y}px)`;
    };
    const end = () => {
      this.#holder.removeEventListener("pointermove", move);
      this.#nearest();
    };
    this.#holder.addEventListener("pointermove", move);
    this.#holder.addEventListener("lostpointercapture", end, { once: true });
  }

  #nearest() {
    const own = this.element.getBoundingClientRect();
    const stage = this.element.parentElement?.getBoundingClientRect();
    if (!stage) return;
    this.#place.right = own.x + own.width / 2 > stage.x + stage.width / 2;
    this.#place.bottom = own.y + own.height / 2 > stage.y + stage.height / 2;
    this.#settle();
  }
}

/** Where the tiles stand: put into reading order, placed, and gliding where that is calm. */

import { h } from "../lib/dom.js";
import { oneStop } from "./one-stop.js";

/**
 * @typedef {import("./tile.js").Tile} Tile
 * @typedef {import("../lib/grid.js").Box} Box
 */

const ANIMATED = 9; // more tiles than this appear where they belong at once

export class Floor {
  element = h("div", { class: "stage-floor" });
  #stop = oneStop(this.element);
  #arranged = "";
  #shape = "";

  /** CSS pixels. */
  get size() {
    const { clientWidth: width, clientHeight: height } = this.element;
    return { width, height };
  }

  /** @param {string} mode @param {{tile: Tile, box: Box}[]} placed  in reading order */
  show(mode, placed) {
    const focused = this.element.contains(document.activeElement);
    this.#animate(mode, placed);
    const kept = new Set(placed.map(({ tile }) => /** @type {Element} */ (tile.element)));
    for (const element of [...this.element.children]) if (!kept.has(element)) element.remove();
    const { width } = this.size;
    const rtl = getComputedStyle(this.element).direction === "rtl";
    placed.forEach(({ tile, box }, index) => {
      this.#put(tile.element, index);
      tile.place(rtl ? { ...box, x: width - box.x - box.width } : box);
    });
    this.#stop.update();
    if (focused && !this.element.contains(document.activeElement)) this.#stop.focus();
  }

  /** Tiles glide when people come and go, not when the window or the whole layout changes. @param {string} mode @param {{tile: Tile}[]} placed */
  #animate(mode, placed) {
    const arranged = placed.map(({ tile }) => tile.key).join(" ");
    const { width, height } = this.size;
    const shape = `${mode} ${width}x${height}`;
    if (arranged !== this.#arranged || shape !== this.#shape) {
      this.element.classList.toggle("animated", shape === this.#shape && placed.length <= ANIMATED);
    }
    [this.#arranged, this.#shape] = [arranged, shape];
  }

  /** Moved without leaving the page where the browser can: transitions and the focus go on. @param {HTMLElement} element @param {number} index */
  #put(element, index) {
    const there = this.element.children[index] ?? null;
    if (there === element) return;
    const move = Reflect.get(this.element, "moveBefore");
    if (move && element.parentElement === this.element) move.call(this.element, element, there);
    else this.element.insertBefore(element, there);
  }
}

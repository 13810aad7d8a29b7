/**
 * A shared screen seen closer: by two fingers, Ctrl and wheel, the keys + and -, or its tile's menu. Then dragging and
 * Shift with the arrows move it, Esc shows the whole again.
 */

import { WHOLE, panBy, zoomAt } from "../lib/zoom.js";

const KEYS = new Map([["+", 1.5], ["=", 1.5], ["-", 1 / 1.5]]);
const WHEEL = 0.002; // of the scale's logarithm for each pixel of the wheel
const LINE = 16; // pixels, where a wheel counts lines
const PAN = 60; // pixels a key moves

export class ScreenZoom {
  #tile;
  #changed;
  #zoom = WHOLE;
  /** Fingers and mouse buttons that are down. @type {Map<number, {x: number, y: number}>} */
  #down = new Map();

  /** @param {import("./tile.js").Tile} tile @param {() => void} changed */
  constructor(tile, changed) {
    this.#tile = tile;
    this.#changed = changed;
    const { element } = tile;
    element.classList.add("can-zoom");
    element.addEventListener("wheel", (event) => this.#onWheel(event), { passive: false });
    element.addEventListener("keydown", (event) => this.#onKey(event));
    element.addEventListener("pointerdown", (event) => this.#onDown(event));
    element.addEventListener("pointermove", (event) => this.#onMove(event));
    for (const end of ["pointerup", "pointercancel"]) element.addEventListener(end, (event) => this.#down.delete(/** @type {PointerEvent} */ (event).pointerId));
  }

  get scale() {
    return this.#zoom.scale;
  }

  /** @param {number} factor @param {{x: number, y: number}} [point]  from the middle of the tile */
  by(factor, point = { x: 0, y: 0 }) {
    this.#show(zoomAt(this.#zoom, factor, point, this.#tile.size));
  }

  reset() {
    this.#show(WHOLE);
  }

  /** @param {import("../lib/zoom.js").Zoom} zoom */
  #show(zoom) {
    this.#zoom = zoom;
    const { scale, x, y } = zoom;
    this.#tile.media.style.transform = scale === 1 ? "" : `translate(${x}px, ${y}px) scale(${scale})`;
    this.#tile.element.toggleAttribute("data-zoomed", scale > 1);
    this.#changed();
  }

  /** @param {{clientX: number, clientY: number}} at */
  #fromMiddle({ clientX, clientY }) {
    const { left, top, width, height } = this.#tile.element.getBoundingClientRect();
    return { x: clientX - left - width / 2, y: clientY - top - height / 2 };
  }

  /** @param {WheelEvent} event */
  #onWheel(event) {
    if (!event.ctrlKey) return;
    event.preventDefault();
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY : event.deltaY * LINE;
    this.by(Math.exp(-pixels * WHEEL), this.#fromMiddle(event));
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const factor = event.ctrlKey || event.metaKey || event.altKey ? undefined : KEYS.get(event.key);
    const arrow = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (factor) this.by(factor);
    else if (this.scale === 1) return;
    else if (event.key === "Escape") this.reset();
    else if (arrow && event.shiftKey) this.#pan(arrow[0] * PAN, arrow[1] * PAN);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {number} across @param {number} down */
  #pan(across, down) {
    this.#show(panBy(this.#zoom, across, down, this.#tile.size));
  }

  /** @param {PointerEvent} event */
  #onDown(event) {
    if (event.button !== 0 || /** @type {Element} */ (event.target).closest("button")) return;
    this.#down.set(event.pointerId, this.#fromMiddle(event));
  }

  /** @param {PointerEvent} event */
  #onMove(event) {
    const before = this.#down.get(event.pointerId);
    if (!before) return;
    if (event.buttons === 0) return void this.#down.delete(event.pointerId); // let go outside
    const now = this.#fromMiddle(event);
    const other = [...this.#down].find(([id]) => id !== event.pointerId)?.[1];
    this.#down.set(event.pointerId, now);
    if (other) {
      const apart = distance(now, other) / Math.max(1, distance(before, other));
      this.by(apart, { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 });
    }
    if (this.scale > 1) this.#pan((now.x - before.x) / this.#down.size, (now.y - before.y) / this.#down.size);
  }
}

/** @param {{x: number, y: number}} a @param {{x: number, y: number}} b */
function distance(a, b) {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

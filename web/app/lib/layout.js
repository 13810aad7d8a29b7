/**
 * Which tiles stand where. Pure: people and screens in, boxes out.
 *
 * The grid holds oneself up to four people, then a corner does. Speaker view: one tile large and everybody else in a
 * filmstrip, oneself first on each of its pages; where it holds two at most, in a corner too. What does not fit goes to
 * further pages; the order never changes, but that screens come first.
 */

import { gridBoxes, pageSize, speakerBoxes } from "./grid.js";

/**
 * @typedef {import("./grid.js").Box} Box
 * @typedef {{key: string, kind: "self" | "camera" | "screen"}} Item
 * @typedef {{key: string, box: Box, main: boolean}} Placed
 * @typedef {{mode: "grid" | "speaker", placed: Placed[], corner: string | null, page: number, pages: number}} Layout
 */

const SELF_IN_GRID = 4; // people, oneself included
const SELF_IN_STRIP = 3; // tiles that a filmstrip has room for

/**
 * @param {Item[]} items  oneself first, if at all, the others in their lasting order
 * @param {{width: number, height: number, touch?: boolean}} stage
 * @param {number} page  from 0
 * @param {string | null} [main]  the key of an item that is large; null: the grid
 * @returns {Layout}
 */
export function layOut(items, stage, page, main = null) {
  const large = items.find(({ key }) => key === main);
  const others = items.filter((item) => item !== large);
  return large && others.length ? speaker(large, screensFirst(others), stage, page) : grid(items, stage, page);
}

/** @param {Item[]} items */
function screensFirst(items) {
  return [...items.filter(({ kind }) => kind === "screen"), ...items.filter(({ kind }) => kind !== "screen")];
}

/**
 * @param {Item[]} items
 * @param {{width: number, height: number, touch?: boolean}} stage
 * @param {number} page
 * @returns {Layout}
 */
function grid(items, { width, height, touch }, page) {
  const people = items.filter(({ kind }) => kind !== "screen").length;
  const corner = (people > SELF_IN_GRID && selfOf(items)?.key) || null;
  const tiles = screensFirst(items.filter(({ key }) => key !== corner));
  const cut = cutPage(tiles, pageSize(width, height, touch), page);
  const boxes = gridBoxes(cut.shown.length, width, height);
  const placed = boxes.map((box, index) => ({ key: cut.shown[index].key, box, main: false }));
  return { mode: "grid", placed, corner, page: cut.page, pages: cut.pages };
}

/**
 * @param {Item} large
 * @param {Item[]} items
 * @param {{width: number, height: number}} stage
 * @param {number} page
 * @returns {Layout}
 */
function speaker(large, items, { width, height }, page) {
  const { main, strip, capacity } = speakerBoxes(width, height);
  const self = selfOf(items);
  const others = items.filter((item) => item !== self);
  const inStrip = self && (capacity >= SELF_IN_STRIP || items.length <= capacity);
  const cut = cutPage(others, inStrip ? Math.max(1, capacity - 1) : capacity, page);
  const shown = inStrip ? [self, ...cut.shown] : cut.shown;
  const boxes = strip(shown.length, Boolean(self && !inStrip));
  const placed = shown.map(({ key }, index) => ({ key, box: boxes[index], main: false }));
  placed.unshift({ key: large.key, box: shown.length ? main : { x: 0, y: 0, width, height }, main: true });
  return { mode: "speaker", placed, corner: self && !inStrip ? self.key : null, page: cut.page, pages: cut.pages };
}

/** @param {Item[]} items */
function selfOf(items) {
  return items.find(({ kind }) => kind === "self");
}

/** @param {Item[]} tiles @param {number} size @param {number} page */
function cutPage(tiles, size, page) {
  const pages = Math.max(1, Math.ceil(tiles.length / size));
  const kept = Math.min(Math.max(page, 0), pages - 1);
  return { pages, page: kept, shown: tiles.slice(kept * size, (kept + 1) * size) };
}

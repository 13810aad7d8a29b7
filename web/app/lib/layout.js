/**
 * Which tiles stand where. Pure: people and screens in, boxes out.
 *
 * Without a screen: the grid, with oneself in it up to four people, else in a corner. With a screen or a pinned tile:
 * speaker view, that one large (the pinned one first) and everybody in a filmstrip. What does not fit goes to further pages; the order never changes.
 */

import { gridBoxes, pageSize, speakerBoxes } from "./grid.js";

/**
 * @typedef {import("./grid.js").Box} Box
 * @typedef {{key: string, kind: "self" | "camera" | "screen"}} Item
 * @typedef {{key: string, box: Box, main: boolean}} Placed
 * @typedef {{mode: "grid" | "speaker", placed: Placed[], corner: string | null, page: number, pages: number}} Layout
 */

const SELF_IN_GRID = 4; // people, oneself included

/**
 * @param {Item[]} items  oneself first, the others in their lasting order
 * @param {{width: number, height: number, touch?: boolean}} stage
 * @param {number} page  from 0
 * @param {string} [pinned]  the key of an item; one that is not here pins nothing
 * @returns {Layout}
 */
export function layOut(items, stage, page, pinned) {
  const main = items.find(({ key }) => key === pinned) ?? items.find(({ kind }) => kind === "screen");
  if (main) return speaker(main, items.filter((item) => item !== main), stage, page);
  const self = items.find(({ kind }) => kind === "self");
  const corner = self && items.length > SELF_IN_GRID ? self.key : null;
  return grid(items.filter(({ key }) => key !== corner), corner, stage, page);
}

/**
 * @param {Item[]} tiles
 * @param {string | null} corner
 * @param {{width: number, height: number, touch?: boolean}} stage
 * @param {number} page
 * @returns {Layout}
 */
function grid(tiles, corner, { width, height, touch }, page) {
  const cut = cutPage(tiles, pageSize(width, height, touch), page);
  const boxes = gridBoxes(cut.shown.length, width, height);
  const placed = boxes.map((box, index) => ({ key: cut.shown[index].key, box, main: false }));
  return { mode: "grid", placed, corner, page: cut.page, pages: cut.pages };
}

/**
 * @param {Item} large
 * @param {Item[]} tiles
 * @param {{width: number, height: number}} stage
 * @param {number} page
 * @returns {Layout}
 */
function speaker(large, tiles, { width, height }, page) {
  const { main, strip, capacity } = speakerBoxes(width, height);
  const cut = cutPage(tiles, capacity, page);
  const boxes = strip(cut.shown.length);
  const placed = cut.shown.map(({ key }, index) => ({ key, box: boxes[index], main: false }));
  placed.unshift({ key: large.key, box: tiles.length ? main : { x: 0, y: 0, width, height }, main: true });
  return { mode: "speaker", placed, corner: null, page: cut.page, pages: cut.pages };
}

/** @param {Item[]} tiles @param {number} size @param {number} page */
function cutPage(tiles, size, page) {
  const pages = Math.max(1, Math.ceil(tiles.length / size));
  const kept = Math.min(Math.max(page, 0), pages - 1);
  return { pages, page: kept, shown: tiles.slice(kept * size, (kept + 1) * size) };
}

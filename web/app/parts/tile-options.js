/** What the user wants of single tiles: which is pinned, how many lines, whether its figures are shown. */

import { TileCaps } from "../lib/quality.js";
import { prefs } from "../lib/prefs.js";
import { t } from "../lib/strings.js";
import { withPart } from "./lazy.js";

/**
 * @typedef {import("/sdk/room.js").Room} Room
 * @typedef {import("./tile.js").Tile} Tile
 *
 * @typedef {object} TileHooks
 * @property {() => void} changed
 * @property {(cap: number) => void} chooseSend
 * @property {(request: Promise<unknown>) => void} attempt  says why it failed
 * @property {() => void} hideSelf
 * @property {(tile: Tile) => void} openVolume
 */

export class TileOptions {
  pinned = "";
  audioOnly = prefs.audioOnly;
  #room;
  #hooks;
  #changed;
  #caps = new TileCaps(prefs.receiveCap);
  #allStats = false;
  /** Tiles that differ from all. @type {Set<string>} */
  #otherStats = new Set();
  /** @type {(() => void) | null} */
  #stopWatching = null;
  /** @type {typeof import("./tile-stats.js") | null} */
  #figures = null;

  /**
   * @param {Room} room
   * @param {TileHooks} hooks
   */
  constructor(room, hooks) {
    this.#room = room;
    this.#hooks = hooks;
    this.#changed = hooks.changed;
  }

  /** @param {string} key */
  capOf(key) {
    return this.#caps.of(key);
  }

  /** @param {number} cap */
  setReceiveCap(cap) {
    this.#caps.setGeneral(cap);
    this.#changed();
  }

  /** @param {boolean} on */
  setAudioOnly(on) {
    this.audioOnly = on;
    this.#changed();
  }

  /** Pin, or unpin what is pinned. @param {string} key */
  togglePin(key) {
    this.pinned = this.pinned === key ? "" : key;
    this.#changed();
  }

  unpin() {
    this.pinned = "";
    this.#changed();
  }

  /** @param {string} key */
  showsStats(key) {
    return this.#allStats !== this.#otherStats.has(key);
  }

  /** @param {string} key */
  toggleStats(key) {
    if (!this.#otherStats.delete(key)) this.#otherStats.add(key);
    this.#watch();
  }

  get allStats() {
    return this.#allStats;
  }

  toggleAllStats() {
    this.#allStats = !this.#allStats;
    this.#otherStats.clear();
    this.#watch();
  }

  /** Fresh figures each second, while any are shown. */
  #watch() {
    const wanted = this.#allStats || this.#otherStats.size > 0;
    if (!wanted) this.close();
    else if (this.#figures) this.#stopWatching ??= this.#room.watchStatistics();
    else withPart(document.body, () => import("./tile-stats.js"), (figures) => ((this.#figures = figures), this.#watch()));
    this.#changed();
  }

  close() {
    this.#stopWatching?.();
    this.#stopWatching = null;
  }

  /**
   * @param {Tile} tile
   * @param {import("./tile.js").TileState} state
   * @returns {import("./tile-stats.js").Shown | null}
   */
  statsOf(tile, state) {
    return this.showsStats(tile.key) && this.#figures ? this.#figures.shownOf(this.#room, tile, state) : null;
  }

  /** Its menu, loaded when it is wanted. @param {Tile} tile */
  open(tile) {
    withPart(tile.element, () => import("./tile-menu.js"), ({ openTileMenu }) => openTileMenu(tile, this.#room, this, this.#hooks));
  }

  /** The tile's own cap. @param {string} key */
  chosenCap(key) {
    return this.#caps.chosen(key);
  }

  /** @param {string} key @param {number} cap */
  chooseCap(key, cap) {
    this.#caps.choose(key, cap);
    this.#changed();
  }
}

/** @param {number} cap */
export function capWords(cap) {
  return cap ? t("quality.lines", { n: cap }) : t("quality.auto");
}

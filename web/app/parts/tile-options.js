/** What the user wants of single tiles: which is pinned, how many lines, whether its figures are shown; and its menu. */

import { RECEIVE_CHOICES, SEND_CHOICES, TileCaps } from "../lib/quality.js";
import { prefs } from "../lib/prefs.js";
import { reasonWords } from "../lib/stats-words.js";
import { t } from "../lib/strings.js";
import { openMenu } from "./menu.js";

/**
 * @typedef {import("/sdk/room.js").Room} Room
 * @typedef {import("./tile.js").Tile} Tile
 */

export class TileOptions {
  pinned = "";
  audioOnly = prefs.audioOnly;
  #room;
  #changed;
  #chooseSend;
  #caps = new TileCaps(prefs.receiveCap);
  #allStats = false;
  /** Tiles that differ from all. @type {Set<string>} */
  #otherStats = new Set();
  /** @type {(() => void) | null} */
  #stopWatching = null;

  /**
   * @param {Room} room
   * @param {{changed: () => void, chooseSend: (cap: number) => void}} hooks
   */
  constructor(room, { changed, chooseSend }) {
    this.#room = room;
    this.#changed = changed;
    this.#chooseSend = chooseSend;
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
    if (wanted) this.#stopWatching ??= this.#room.watchStatistics();
    else this.close();
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
    if (!this.showsStats(tile.key)) return null;
    const { participant, source } = tile;
    if (state.self) {
      const figures = this.#room.ownFigures(source);
      return state.sends ? { figures, layer: null, temporal: null, reason: t("stats.own") } : null;
    }
    const slot = this.#room.slots.find(participant, source);
    if (!slot || !state.sends) return null;
    const { reason, codec, layer, temporal } = slot;
    const words = reasonWords({ reason, codec: codec ?? "", name: state.name, cap: state.cap, paused: state.paused, layer });
    return { figures: this.#room.figuresOf(slot), layer, temporal, reason: words };
  }

  /** @param {Tile} tile */
  open(tile) {
    if (document.querySelector("[popover]:popover-open")) return; // a long touch comes as two events
    openMenu(tile.more, tile.more.getAttribute("aria-label") ?? "", tile.self ? this.#ownMenu(tile) : this.#menu(tile));
  }

  /** @param {Tile} tile @returns {import("./menu.js").MenuGroup[]} */
  #menu(tile) {
    const pinned = this.pinned === tile.key;
    const pin = { text: t(pinned ? "tile.unpin" : "tile.pin"), icon: "pin", id: "tile-pin", choose: () => this.togglePin(tile.key) };
    const choose = (/** @type {number} */ cap) => {
      this.#caps.choose(tile.key, cap);
      this.#changed();
    };
    return [{ items: [pin, this.#statsItem(tile)] }, choices(t("quality"), RECEIVE_CHOICES, this.#caps.chosen(tile.key), choose)];
  }

  /** @param {Tile} tile @returns {import("./menu.js").MenuGroup[]} */
  #ownMenu(tile) {
    return [{ items: [this.#statsItem(tile)] }, choices(t("quality.send"), SEND_CHOICES, prefs.sendCap, this.#chooseSend)];
  }

  /** @param {Tile} tile @returns {import("./menu.js").MenuItem} */
  #statsItem({ key }) {
    const on = this.showsStats(key);
    return { text: t("more.statistics"), icon: "statistics", on, id: "tile-statistics", choose: () => this.toggleStats(key) };
  }
}

/** @param {number} cap */
export function capWords(cap) {
  return cap ? t("quality.lines", { n: cap }) : t("quality.auto");
}

/** @param {string} title @param {number[]} caps @param {number} current @param {(cap: number) => void} choose */
function choices(title, caps, current, choose) {
  return { title, items: caps.map((cap) => ({ text: capWords(cap), checked: cap === current, choose: () => choose(cap) })) };
}

/** The menu of one tile: pin, spotlight, volume, figures, zoom, quality; of one's own: hide, figures, what is sent. */

import { prefs } from "../lib/prefs.js";
import { RECEIVE_CHOICES, SEND_CHOICES } from "../lib/quality.js";
import { t } from "../lib/strings.js";
import { openMenu } from "./menu.js";
import { capWords } from "./tile-options.js";

/**
 * @typedef {import("/sdk/room.js").Room} Room
 * @typedef {import("./tile.js").Tile} Tile
 * @typedef {import("./menu.js").MenuItem} MenuItem
 * @typedef {import("./menu.js").MenuGroup} MenuGroup
 * @typedef {import("./tile-options.js").TileOptions} TileOptions
 * @typedef {import("./tile-options.js").TileHooks} TileHooks
 */

const CLOSER = 1.5;

/** @param {Tile} tile @param {Room} room @param {TileOptions} options @param {TileHooks} hooks */
export function openTileMenu(tile, room, options, hooks) {
  if (!tile.element.isConnected || document.querySelector("[popover]:popover-open")) return; // a long touch comes as two events
  const groups = tile.self ? ownMenu(tile, room, options, hooks) : menu(tile, room, options, hooks);
  openMenu(tile.more, tile.more.getAttribute("aria-label") ?? "", groups, focusedAround(tile.more));
}

/** The tile, where the key was pressed on it. @param {HTMLElement} more */
function focusedAround(more) {
  const focused = document.activeElement;
  return focused instanceof HTMLElement && focused !== document.body && focused.contains(more) ? focused : more;
}

/** @param {Tile} tile @param {Room} room @param {TileOptions} options @param {TileHooks} hooks @returns {MenuGroup[]} */
function menu(tile, room, options, hooks) {
  const { key } = tile;
  const pin = { text: t(options.pinned === key ? "tile.unpin" : "tile.pin"), icon: "pin", id: "tile-pin", choose: () => options.togglePin(key) };
  const volume = { text: t("volume"), icon: "speaker", id: "tile-volume", choose: () => hooks.openVolume(tile) };
  const chooseCap = (/** @type {number} */ cap) => options.chooseCap(key, cap);
  return [
    { items: [pin, ...spotlight(tile, room, hooks), volume, statistics(tile, options)] },
    { items: zoom(tile) },
    choices(t("quality"), RECEIVE_CHOICES, options.chosenCap(key), chooseCap),
  ];
}

/** @param {Tile} tile @param {Room} room @param {TileOptions} options @param {TileHooks} hooks @returns {MenuGroup[]} */
function ownMenu(tile, room, options, hooks) {
  const hide = { text: t("self.hide"), icon: "hide", id: "self-hide", choose: hooks.hideSelf };
  const alone = room.remoteParticipants.size === 0;
  return [
    { items: [...(alone ? [] : [hide]), statistics(tile, options)] },
    choices(t("quality.send"), SEND_CHOICES, prefs.sendCap, hooks.chooseSend),
  ];
}

/** For hosts, of people. @param {Tile} tile @param {Room} room @param {TileHooks} hooks @returns {MenuItem[]} */
function spotlight({ participant, source }, { meeting }, hooks) {
  if (source !== "camera" || !meeting.may("spotlight")) return [];
  const ends = meeting.about.spotlight === participant;
  const choose = () => hooks.attempt(meeting.spotlight(ends ? null : participant));
  return [{ text: t(ends ? "person.spotlight.end" : "person.spotlight"), icon: "spotlight", id: "tile-spotlight", choose }];
}

/** @param {Tile} tile @param {TileOptions} options @returns {MenuItem} */
function statistics({ key }, options) {
  return { text: t("more.statistics"), icon: "statistics", on: options.showsStats(key), id: "tile-statistics", choose: () => options.toggleStats(key) };
}

/** @param {Tile} tile @returns {MenuItem[]} */
function zoom({ zoom: screen }) {
  if (!screen) return [];
  const closer = { text: t("zoom.in"), icon: "zoom-in", key: "+", id: "zoom-in", choose: () => screen.by(CLOSER) };
  if (screen.scale === 1) return [closer];
  return [
    closer,
    { text: t("zoom.out"), icon: "zoom-out", key: "-", id: "zoom-out", choose: () => screen.by(1 / CLOSER) },
    { text: t("zoom.whole"), icon: "share", key: "Esc", id: "zoom-whole", choose: () => screen.reset() },
  ];
}

/** @param {string} title @param {number[]} caps @param {number} current @param {(cap: number) => void} choose */
function choices(title, caps, current, choose) {
  return { title, items: caps.map((cap) => ({ text: capWords(cap), checked: cap === current, choose: () => choose(cap) })) };
}

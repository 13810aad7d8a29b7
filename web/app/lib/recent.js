/**
 * The meetings that this browser was in, latest first. A password is kept as browsers keep the link itself in their
 * history; "Forget" and signing out take both away here.
 */

/** @typedef {import("./link.js").Invitation & {title: string, at: number}} Recent  `at`: Unix ms */

const KEY = "treble.recent";
export const MOST = 6;

/** @param {Storage | null} [storage] @returns {Recent[]} */
export function recentRooms(storage = ownStorage()) {
  try {
    const found = JSON.parse(storage?.getItem(KEY) ?? "[]");
    return Array.isArray(found) ? found.filter((one) => typeof one?.room === "string").slice(0, MOST) : [];
  } catch {
    return [];
  }
}

/** @param {Recent} recent @param {Storage | null} [storage] */
export function rememberRoom(recent, storage = ownStorage()) {
  keep([recent, ...recentRooms(storage).filter(({ room }) => room !== recent.room)].slice(0, MOST), storage);
}

/** @param {string} room @param {Storage | null} [storage] */
export function forgetRoom(room, storage = ownStorage()) {
  keep(recentRooms(storage).filter((one) => one.room !== room), storage);
}

/** @param {Storage | null} [storage] */
export function forgetRooms(storage = ownStorage()) {
  keep([], storage);
}

/** @param {Recent[]} rooms @param {Storage | null} storage */
function keep(rooms, storage) {
  try {
    storage?.setItem(KEY, JSON.stringify(rooms));
  } catch {
    // a private window or a full disk: nothing is remembered
  }
}

/** Null where even looking at it is forbidden: in another site's frame. */
function ownStorage() {
  try {
    return globalThis.localStorage;
  } catch {
    return null;
  }
}

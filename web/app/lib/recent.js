/**
 * The meetings that this browser was in, latest first. A password is kept as browsers keep the link itself in their
 * history; "Forget" and signing out take both away here.
 */

/** @typedef {import("./link.js").Invitation & {title: string, at: number}} Recent  `at`: Unix ms */

const KEY = "treble.recent";
export const MOST = 6;

/** @param {Storage} [storage] @returns {Recent[]} */
export function recentRooms(storage = globalThis.localStorage) {
  try {
    const found = JSON.parse(storage.getItem(KEY) ?? "[]");
    return Array.isArray(found) ? found.filter((one) => typeof one?.room === "string").slice(0, MOST) : [];
  } catch {
    return [];
  }
}

/** @param {Recent} recent @param {Storage} [storage] */
export function rememberRoom(recent, storage = globalThis.localStorage) {
  keep([recent, ...recentRooms(storage).filter(({ room }) => room !== recent.room)].slice(0, MOST), storage);
}

/** @param {string} room @param {Storage} [storage] */
export function forgetRoom(room, storage = globalThis.localStorage) {
  keep(recentRooms(storage).filter((one) => one.room !== room), storage);
}

/** @param {Storage} [storage] */
export function forgetRooms(storage = globalThis.localStorage) {
  keep([], storage);
}

/** @param {Recent[]} rooms @param {Storage} storage */
function keep(rooms, storage) {
  try {
    storage.setItem(KEY, JSON.stringify(rooms));
  } catch {
    // a private window or a full disk: nothing is remembered
  }
}

/** The HTTP side of entering: make a room, or enter one with its password. Both throw `TrebleError` only. */

import { TrebleError } from "./errors.js";

const TIMEOUT_MS = 15_000;

/**
 * Make a room; its maker is the host and holds `token`.
 *
 * @param {string} server  origin, e.g. `https://meet.example.org`
 * @param {string} name  of the host
 * @returns {Promise<{room: string, password: string, token: string}>}
 */
export function createRoom(server, name) {
  return post(new URL("/api/rooms", server), { name });
}

/**
 * Enter a room as a guest.
 *
 * @param {string} server
 * @param {string} room
 * @param {string} password
 * @param {string} name
 * @returns {Promise<{token: string}>}
 */
export function enterRoom(server, room, password, name) {
  return post(new URL(`/api/rooms/${encodeURIComponent(room)}/enter`, server), { password, name });
}

/**
 * @param {URL} url
 * @param {object} body
 * @returns {Promise<any>}
 */
async function post(url, body) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((error) => {
    throw new TrebleError("gone", { detail: String(error) });
  });
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  throw new TrebleError(answer.code ?? codeOfStatus(response.status), {
    detail: answer.detail ?? "",
    retryAfter: answer.retry_after ?? secondsOf(response.headers.get("retry-after")),
  });
}

/** @param {number} status */
function codeOfStatus(status) {
  if (status === 429) return "auth.slow";
  if (status === 403 || status === 404) return "auth.wrong";
  return "gone";
}

/** @param {string | null} header */
function secondsOf(header) {
  const seconds = Number.parseFloat(header ?? "");
  return Number.isFinite(seconds) ? seconds : null;
}

/** The HTTP side of a Treble server; everything here throws `TrebleError` only. */

import { TrebleError } from "./errors.js";

const TIMEOUT_MS = 15_000;

/**
 * Make a room; its maker is the host and holds `token`.
 *
 * @param {string} server  origin, e.g. `https://meet.example.org`
 * @param {string} name  of the host
 * @param {{bearer?: string | null, [option: string]: unknown}} [options]  `bearer`: the maker's account token; the others
 *   are wishes for the room (title, alias, settings)
 * @returns {Promise<{room: string, password: string, token: string}>}
 */
export function createRoom(server, name, { bearer, ...wishes } = {}) {
  return request(server, "POST", "/api/rooms", { bearer, body: { name, ...wishes } });
}

/**
 * Enter a room as a guest, or with an account token as whom one is.
 *
 * @param {string} server
 * @param {string} room
 * @param {string} password
 * @param {string} name
 * @param {string | null} [bearer]
 * @returns {Promise<{token: string}>}
 */
export function enterRoom(server, room, password, name, bearer) {
  const path = `/api/rooms/${encodeURIComponent(room)}/enter`;
  return request(server, "POST", path, { bearer, body: { password, name } });
}

/**
 * One request; the answer's JSON. A `Blob` is sent as it is.
 *
 * @param {string} server
 * @param {string} method
 * @param {string} path
 * @param {{body?: unknown, bearer?: string | null}} [options]
 * @returns {Promise<any>}
 */
export async function request(server, method, path, { body, bearer } = {}) {
  const isBlob = body instanceof Blob;
  const send = async () =>
    fetch(new URL(path, server), {
      method,
      headers: {
        ...(body !== undefined && { "content-type": isBlob ? body.type : "application/json" }),
        ...(bearer && { authorization: `Bearer ${bearer}` }),
      },
      body: isBlob || body === undefined ? body : JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  const response = await send().catch(gone);
  const read = async () => JSON.parse((await response.text()) || "{}");
  const answer = await read().catch((error) => (response.ok ? gone(error) : {}));
  if (response.ok) return answer;
  throw new TrebleError(answer.code ?? codeOfStatus(response.status), {
    detail: answer.detail ?? "",
    retryAfter: answer.retry_after ?? secondsOf(response.headers.get("retry-after")),
  });
}

/** The server is away, or what answers is none. @param {unknown} error @returns {never} */
function gone(error) {
  throw new TrebleError("gone", { detail: String(error) });
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

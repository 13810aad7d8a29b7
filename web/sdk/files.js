/** Files of the chat, by HTTP with the room's token. Both throw `TrebleError` only. */

import { TrebleError } from "./errors.js";

/**
 * @typedef {import("./chat-types.js").SharedFile} SharedFile
 * @typedef {{server: string, room: string, token: string}} Where
 */

const LONGEST_NAME = 1024; // of the header

/** @param {Where} where @param {string} kind @param {string} [file] */
function address({ server, room }, kind, file) {
  const path = `/api/rooms/${encodeURIComponent(room)}/${kind}`;
  if (!/^https?:/.test(server) || !URL.canParse(server)) failed();
  return new URL(file ? `${path}/${encodeURIComponent(file)}` : path, server);
}

/** @returns {never} */
function failed() {
  throw new TrebleError("chat.file.failed");
}

/**
 * Send a file to the server; it is seen by others once it is in a message.
 *
 * @param {Where} where
 * @param {File} file
 * @param {(share: number) => void} progress  0 to 1
 * @param {AbortSignal} [signal]
 * @returns {Promise<SharedFile>}
 */
export function uploadFile(where, file, progress, signal) {
  return new Promise((resolve, reject) => {
    const url = address(where, "files");
    const request = new XMLHttpRequest(); // fetch tells nothing of what was sent
    request.open("POST", url);
    request.responseType = "json";
    request.setRequestHeader("authorization", `Bearer ${where.token}`);
    request.setRequestHeader("x-file-name", encodeURIComponent(file.name).slice(0, LONGEST_NAME));
    request.setRequestHeader("content-type", file.type || "application/octet-stream");
    request.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 0);
    request.onload = () => (request.status < 300 && request.response ? resolve(request.response) : reject(refusal(request.status, request.response)));
    request.onerror = () => reject(new TrebleError("chat.file.failed"));
    request.onabort = () => reject(new TrebleError("cancelled"));
    signal?.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}

/** @param {Where} where @param {string} file @returns {Promise<Blob>} */
export function downloadFile(where, file) {
  return download(where, "files", file);
}

/** The chat as a file, for who may export it. @param {Where} where @returns {Promise<Blob>} */
export function downloadChat(where) {
  return download(where, "chat");
}

/** @param {Where} where @param {string} kind @param {string} [file] */
async function download(where, kind, file) {
  const response = await fetch(address(where, kind, file), { headers: { authorization: `Bearer ${where.token}` } }).catch(failed);
  if (!response.ok) throw refusal(response.status, await response.json().catch(() => ({})));
  return response.blob().catch(failed);
}

/** @param {number} status @param {{code?: string, detail?: string, retry_after?: number} | null} body */
function refusal(status, body) {
  const usual = status === 413 ? "chat.file.large" : "chat.file.failed";
  return new TrebleError(body?.code ?? usual, { detail: body?.detail ?? "", retryAfter: body?.retry_after });
}

/** Microphones, cameras and screens; what goes wrong becomes a `TrebleError` whose code is a key of the strings. */

import { TrebleError } from "./errors.js";

/**
 * @typedef {import("./types.js").Capture} Capture
 * @typedef {"mic" | "cam"} Kind
 */

export const DESKTOP_CAPTURE = { width: 1280, height: 720, frameRate: 30 };
export const PHONE_CAPTURE = { width: 640, height: 360, frameRate: 30 };

/** @type {{[name: string]: string}} */
const CODES = {
  NotAllowedError: "perm",
  SecurityError: "perm",
  NotFoundError: "dev.none",
  OverconstrainedError: "dev.none",
  NotReadableError: "dev.busy",
  AbortError: "dev.busy",
};

/**
 * @param {string | null} [device]  preferred device id
 * @returns {Promise<MediaStreamTrack>}
 */
export async function openMicrophone(device) {
  const audio = { ...prefer(device), echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  return open("mic", { audio });
}

/**
 * @param {string | null} [device]
 * @param {Capture} [capture]
 * @returns {Promise<MediaStreamTrack>}
 */
export async function openCamera(device, { width, height, frameRate } = DESKTOP_CAPTURE) {
  const size = { width: { ideal: width }, height: { ideal: height }, frameRate: { ideal: frameRate, max: frameRate } };
  const facing = device ? {} : { facingMode: "user" };
  return open("cam", { video: { ...prefer(device), ...facing, ...size } });
}

/**
 * A screen, window or tab, with its sound where the browser offers it. Null when the user picks none.
 *
 * @returns {Promise<{video: MediaStreamTrack, audio: MediaStreamTrack | null} | null>}
 */
export async function openScreen() {
  if (!canShareScreen()) throw new TrebleError("share.unsupported");
  /** @type {any} */ // newer members of DisplayMediaStreamOptions
  const options = { video: { frameRate: { ideal: 15, max: 30 } }, audio: true, selfBrowserSurface: "exclude" };
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia(options);
    const [video] = stream.getVideoTracks();
    const [audio = null] = stream.getAudioTracks();
    video.contentHint = "detail"; // text stays sharp; frames may be dropped instead
    return { video, audio };
  } catch (error) {
    if (error instanceof DOMException && error.name === "NotAllowedError") return null;
    throw new TrebleError("share.failed", { detail: String(error) });
  }
}

export function canShareScreen() {
  return Boolean(navigator.mediaDevices?.getDisplayMedia);
}

/**
 * The devices of one kind. Labels are empty until a permission was given.
 *
 * @param {MediaDeviceKind} kind
 * @returns {Promise<MediaDeviceInfo[]>}
 */
export async function listDevices(kind) {
  const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  return devices.filter((device) => device.kind === kind && device.deviceId);
}

/** @param {string | null | undefined} device */
function prefer(device) {
  return device ? { deviceId: { ideal: device } } : {};
}

/**
 * @param {Kind} kind
 * @param {MediaStreamConstraints} constraints
 */
async function open(kind, constraints) {
  if (!globalThis.isSecureContext || !navigator.mediaDevices) throw new TrebleError("insecure");
  try {
    const stream = await navigator.mediaDevices.getUserMedia(constraints);
    return stream.getTracks()[0];
  } catch (error) {
    const name = error instanceof DOMException || error instanceof Error ? error.name : "";
    throw new TrebleError(`${CODES[name] ?? "dev.busy"}.${kind}`, { detail: String(error) });
  }
}

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
  const [track] = await openOrAnother("mic", device, (wanted) => ({ audio: sound(wanted) }));
  return track;
}

/**
 * @param {string | null} [device]
 * @param {Capture} [capture]
 * @returns {Promise<MediaStreamTrack>}
 */
export async function openCamera(device, capture = DESKTOP_CAPTURE) {
  const [track] = await openOrAnother("cam", device, (wanted) => ({ video: picture(wanted, capture) }));
  return track;
}

/**
 * Both with one question to the user; null where either fails, to be asked for one by one.
 *
 * @param {{mic?: string, cam?: string}} devices
 * @param {Capture} [capture]
 */
export async function openBoth({ mic, cam }, capture = DESKTOP_CAPTURE) {
  const tracks = await open("cam", { audio: sound(mic), video: picture(cam, capture) }).catch(() => null);
  if (!tracks) return null;
  const [microphone, camera] = ["audio", "video"].map((kind) => tracks.filter((track) => track.kind === kind)[0]);
  return { microphone, camera };
}

/**
 * A screen, window or tab, with its sound where the browser offers it. Null when the user picks none.
 *
 * @returns {Promise<{video: MediaStreamTrack, audio: MediaStreamTrack | null} | null>}
 */
export async function openScreen() {
  if (!canShareScreen()) throw new TrebleError("share.unsupported");
  /** @type {any} */ // newer members of DisplayMediaStreamOptions
  const options = { video: screenRate(false), audio: true, selfBrowserSurface: "exclude" };
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia(options);
    const [video] = stream.getVideoTracks();
    const [audio = null] = stream.getAudioTracks();
    return { video, audio };
  } catch (error) {
    if (error instanceof DOMException && error.name === "NotAllowedError") return null;
    throw new TrebleError("share.failed", { detail: String(error) });
  }
}

/** Frames that a shared screen deserves: few and sharp, or smooth. @param {boolean} motion */
export function screenRate(motion) {
  return { frameRate: { ideal: motion ? 30 : 15, max: 30 } };
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
export async function getLocalDevices(kind) {
  const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  return devices.filter((device) => device.kind === kind && device.deviceId);
}

/** @param {string | null | undefined} device @returns {MediaTrackConstraints} */
function sound(device) {
  return { ...exactly(device), echoCancellation: true, noiseSuppression: true, autoGainControl: true };
}

/** @param {string | null | undefined} device @param {Capture} capture @returns {MediaTrackConstraints} */
function picture(device, { width, height, frameRate }) {
  const size = { width: { ideal: width }, height: { ideal: height }, frameRate: { ideal: frameRate, max: frameRate } };
  return { ...exactly(device), ...(device ? {} : { facingMode: "user" }), ...size };
}

/** "Ideal" is no more than a hint, on which Chromium opens the default microphone. @param {string | null | undefined} device */
function exactly(device) {
  return device ? { deviceId: { exact: device } } : {};
}

/**
 * This device, or any where it is not there.
 *
 * @param {Kind} kind
 * @param {string | null | undefined} device
 * @param {(device: string | null | undefined) => MediaStreamConstraints} constraints
 */
function openOrAnother(kind, device, constraints) {
  return open(kind, constraints(device)).catch((error) => {
    if (device && error.code === `dev.none.${kind}`) return open(kind, constraints(null));
    throw error;
  });
}

/**
 * @param {Kind} kind
 * @param {MediaStreamConstraints} constraints
 */
async function open(kind, constraints) {
  if (!globalThis.isSecureContext || !navigator.mediaDevices) throw new TrebleError("insecure");
  try {
    const stream = await navigator.mediaDevices.getUserMedia(constraints);
    return stream.getTracks();
  } catch (error) {
    const name = error instanceof DOMException || error instanceof Error ? error.name : "";
    throw new TrebleError(`${CODES[name] ?? "dev.busy"}.${kind}`, { detail: String(error) });
  }
}

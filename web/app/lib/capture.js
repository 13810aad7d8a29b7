/** What this machine is to capture and to send. */

import { DESKTOP_CAPTURE, PHONE_CAPTURE } from "/sdk/devices.js";
import { prefs } from "./prefs.js";

const PHONE_CAP = 360;

export function isTouch() {
  return matchMedia("(pointer: coarse)").matches;
}

export function isPhone() {
  return matchMedia("(max-width: 599px), (max-height: 479px)").matches;
}

/** What the camera is asked for; `?debug&capture=640x360@15` for tests on small machines. */
export function chosenCapture() {
  const query = new URLSearchParams(location.search);
  const [, width, height, frameRate] = query.get("capture")?.match(/^(\d+)x(\d+)@(\d+)$/)?.map(Number) ?? [];
  if (query.has("debug") && width) return { width, height, frameRate };
  return isPhone() ? PHONE_CAPTURE : DESKTOP_CAPTURE;
}

/** The user's choice; a phone on "Auto" sends 360 lines. */
export function chosenSendCap() {
  return prefs.sendCap || (isPhone() ? PHONE_CAP : 0);
}

/** The device lists under the bar's arrows. */

import { getLocalDevices } from "/sdk/devices.js";
import { t } from "../lib/strings.js";
import { canChooseSpeaker, deviceName } from "./device-fields.js";
import { openMenu } from "./menu.js";

/**
 * @typedef {import("./device-fields.js").Kind} Kind
 * @typedef {import("./device-fields.js").Current} Current
 * @typedef {(kind: Kind, device: string) => void} Choose
 */

/** @type {{[kind in Kind]: string}} */
const NAMES = { audioinput: "device.mic", videoinput: "device.cam", audiooutput: "device.speaker" };

/**
 * @param {HTMLElement} opener
 * @param {string} label
 * @param {Kind[]} kinds
 * @param {Current} current
 * @param {Choose} choose
 */
export async function openDeviceMenu(opener, label, kinds, current, choose) {
  const offered = kinds.filter((kind) => kind !== "audiooutput" || canChooseSpeaker());
  const groups = await Promise.all(offered.map((kind) => group(kind, current, choose)));
  openMenu(opener, label, groups);
}

/** @param {Kind} kind @param {Current} current @param {Choose} choose */
async function group(kind, current, choose) {
  const devices = await getLocalDevices(kind);
  const used = current(kind);
  const items = devices.map((device, index) => ({
    text: deviceName(device, index, NAMES[kind]),
    checked: used ? device.deviceId === used : index === 0,
    choose: () => choose(kind, device.deviceId),
  }));
  return { title: t(NAMES[kind]), items };
}

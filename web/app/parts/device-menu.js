/** The device lists under the bar's arrows, and the same as a dialog for the phone. */

import { getLocalDevices } from "/sdk/index.js";
import { h } from "../lib/dom.js";
import { t } from "../lib/strings.js";
import { button } from "./controls.js";
import { canChooseSpeaker, deviceFields, deviceName } from "./device-fields.js";
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

/** @param {HTMLElement} parent @param {Current} current @param {Choose} choose */
export function openDeviceDialog(parent, current, choose) {
  const fields = deviceFields(current, choose);
  const done = button(t("close"), { class: "button primary", onclick: () => dialog.close() });
  const dialog = h(
    "dialog",
    { class: "dialog card", "aria-labelledby": "devices-title" },
    h("h2", { id: "devices-title" }, t("device.settings")),
    fields.element,
    h("div", { class: "row end" }, done),
  );
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  parent.append(dialog);
  fields.refresh();
  dialog.showModal();
}

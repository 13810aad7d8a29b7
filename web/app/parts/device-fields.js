/** Three menus: microphone, camera, speaker; each only where the browser lets one choose. */

import { getLocalDevices } from "/sdk/devices.js";
import { h } from "../lib/dom.js";
import { testTone } from "../lib/meter.js";
import { t } from "../lib/strings.js";
import { button, field, iconButton } from "./controls.js";

/**
 * @typedef {"audioinput" | "videoinput" | "audiooutput"} Kind
 * @typedef {(kind: Kind) => string} Current  the device in use
 */

/** @type {{kind: Kind, key: string}[]} */
const KINDS = [
  { kind: "audioinput", key: "device.mic" },
  { kind: "videoinput", key: "device.cam" },
  { kind: "audiooutput", key: "device.speaker" },
];

/** Whether sound can be sent to a chosen speaker. */
export function canChooseSpeaker() {
  return "setSinkId" in HTMLMediaElement.prototype;
}

/**
 * What a device is called; browsers tell names only after a permission.
 *
 * @param {MediaDeviceInfo} device
 * @param {number} index
 * @param {string} kindKey
 */
export function deviceName(device, index, kindKey) {
  return device.label || t("device.unnamed", { kind: t(kindKey), n: index + 1 });
}

/**
 * @param {Current} current
 * @param {(kind: Kind, device: string) => void} choose
 */
export function deviceFields(current, choose) {
  const selects = KINDS.filter(({ kind }) => kind !== "audiooutput" || canChooseSpeaker()).map((entry) => ({
    ...entry,
    select: makeSelect(entry.kind, choose),
  }));
  const element = h(
    "div",
    { class: "device-fields" },
    ...selects.map(({ kind, key, select }) =>
      field(t(key), select, ...(kind === "audiooutput" ? [testButton(select)] : [])),
    ),
    !canChooseSpeaker() && button(t("device.test"), { id: "device-test", onclick: () => testTone("") }, "speaker"),
  );
  const refresh = () => Promise.all(selects.map(({ kind, key, select }) => fill(select, kind, key, current)));
  return { element, refresh };
}

/** @param {Kind} kind @param {(kind: Kind, device: string) => void} choose */
function makeSelect(kind, choose) {
  const select = h("select", { id: `device-${kind}`, onchange: () => choose(kind, select.value) });
  return select;
}

/** @param {HTMLSelectElement} select */
function testButton(select) {
  const onclick = () => testTone(select.value);
  return iconButton({ id: "device-test", icon: "speaker", label: t("device.test"), class: "bordered", onclick });
}

/** @param {HTMLSelectElement} select @param {Kind} kind @param {string} key @param {Current} current */
async function fill(select, kind, key, current) {
  const devices = await getLocalDevices(kind);
  const options = devices.map((device, index) =>
    h("option", { value: device.deviceId }, deviceName(device, index, key)),
  );
  const chosen = current(kind) || select.value; // while one is exchanged for another none is open
  select.replaceChildren(...(options.length ? options : [h("option", { value: "" }, t("device.default"))]));
  select.disabled = options.length === 0;
  if (devices.some(({ deviceId }) => deviceId === chosen)) select.value = chosen;
}

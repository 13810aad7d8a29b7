/** What was plugged in or out between two looks at the devices. Pure. */

/**
 * @typedef {{deviceId: string, groupId: string, kind: MediaDeviceKind, label: string}} Device
 * @typedef {{device: string, parts: Device[]}} Found  one thing on a cable, such as a headset, with all that it is
 */

/** Names of others, not devices. */
const ALIASES = new Set(["", "default", "communications"]);

/**
 * Browsers tell names only after a permission; what has none is not spoken of.
 *
 * @param {Device[]} before
 * @param {Device[]} after
 * @returns {{gone: Device[], come: Found[]}}
 */
export function deviceChanges(before, after) {
  const come = real(after).filter((device) => !before.some((one) => isSame(one, device)));
  /** @type {Map<string, Device[]>} */
  const things = new Map();
  for (const device of come) {
    const thing = device.groupId || device.deviceId;
    things.set(thing, [...(things.get(thing) ?? []), device]);
  }
  return {
    gone: real(before).filter((device) => !after.some((one) => isSame(one, device))),
    come: [...things.values()].map((parts) => ({ device: parts[0].label, parts })),
  };
}

/** @param {Device[]} devices */
function real(devices) {
  return devices.filter(({ deviceId, label }) => !ALIASES.has(deviceId) && label);
}

/** @param {Device} one @param {Device} other */
function isSame(one, other) {
  return one.kind === other.kind && one.deviceId === other.deviceId;
}

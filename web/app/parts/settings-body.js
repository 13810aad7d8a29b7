/** The panel Settings of a call; what it shows is loaded when it is opened for the first time. */

import { h } from "../lib/dom.js";
import { onRemember, prefs } from "../lib/prefs.js";
import { withPart } from "./lazy.js";
import { canShareScreen } from "/sdk/devices.js";

/**
 * @typedef {import("./settings-view.js").SettingsView} SettingsView
 * @typedef {{current: import("./device-fields.js").Current, choose: import("./device-menu.js").Choose}} Devices
 */

/**
 * @param {import("/sdk/room.js").Room} room
 * @param {import("./quality-fields.js").Quality} quality
 * @param {Devices} devices
 * @param {(words: string) => void} say
 * @param {import("./reword.js").Reworded} reworded
 */
export function callSettings(room, quality, devices, say, reworded) {
  const element = h("div", { id: "settings-panel", hidden: true });
  /** @type {SettingsView | null} */
  let view = null;
  let open = false;
  const notice = h("div", { class: "banner", role: "status", hidden: true });
  /** @type {(() => void) | undefined} */
  let stopFollowing;
  const stopListening = onRemember(followBackground);
  followBackground();

  /** From when another one is chosen for the first time. */
  function followBackground() {
    if (stopFollowing || prefs.background === "none") return;
    withPart(document.body, () => import("./call-background.js"), ({ callBackground }) => {
      stopFollowing ??= callBackground(room, say, notice);
    });
  }

  function load() {
    const parts = () => Promise.all([
      import("./settings-view.js"),
      import("./background-field.js"),
      import("./call-background.js"), // so that what is chosen there can be followed
    ]);
    return withPart(element, parts, ([{ settingsView }]) => show(settingsView), "settings");
  }

  /** @param {typeof import("./settings-view.js").settingsView} settingsView */
  function show(settingsView) {
    if (!open || view) return;
    const own = room.localParticipant;
    view = settingsView({
      ...devices,
      reworded,
      publishes: () => own.mayPublish,
      shares: canShareScreen(),
      microphone: () => own.track("microphone"),
      quality,
    });
    element.replaceChildren(view.element);
  }

  function close() {
    open = false;
    view?.close();
    view = null;
    element.replaceChildren();
  }

  return {
    element,
    /** What is said of the background. */
    notice,
    followBackground,
    close() {
      stopListening();
      stopFollowing?.();
      stopFollowing = () => {};
      close();
    },
    /** @param {boolean} shown */
    update(shown) {
      if (!shown && open) return close();
      if (!shown) return;
      if (!open) {
        open = true;
        load();
      } else view?.update();
    },
  };
}

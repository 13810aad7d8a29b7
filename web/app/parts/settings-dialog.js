/** The settings where there is no call: on home and before one joins. What is chosen holds from the next call on. */

import { canShareScreen } from "/sdk/devices.js";
import { h } from "../lib/dom.js";
import { prefs, remember } from "../lib/prefs.js";
import { t } from "../lib/strings.js";
import "./background-field.js";
import { button } from "./controls.js";
import { openDialog } from "./dialog.js";
import { settingsView } from "./settings-view.js";

/** @typedef {import("./device-fields.js").Kind} Kind */

const KEYS = /** @type {const} */ ({ audioinput: "mic", videoinput: "cam", audiooutput: "speaker" });

/** @param {HTMLElement} parent @param {{showsDevices?: boolean}} [screen]  whether it shows the devices itself */
export function openSettings(parent, { showsDevices = false } = {}) {
  const view = settingsView({
    showsDevices,
    current: (kind) => prefs[KEYS[kind]],
    choose: (kind, device) => remember({ [KEYS[kind]]: device }),
    publishes: () => true,
    shares: canShareScreen(),
    microphone: () => null,
    quality: {
      receive: (receiveCap) => remember({ receiveCap }),
      send: (sendCap) => remember({ sendCap }),
      audioOnly: (audioOnly) => remember({ audioOnly }),
      motion: (motion) => remember({ motion }),
    },
  });
  const dialog = openDialog(parent, { id: "settings-dialog", title: t("panel.settings") }, (close) => [
    view.element,
    h("div", { class: "row end" }, button(t("close"), { id: "settings-close", class: "button primary", onclick: close })),
  ]);
  dialog.addEventListener("close", view.close);
}

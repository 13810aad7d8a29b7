/** What the user chooses about quality: remembered, told to the Room, and shown. */

import { canShareScreen } from "/sdk/devices.js";
import { chosenSendCap } from "../lib/capture.js";
import { remember } from "../lib/prefs.js";
import { withPart } from "./lazy.js";

/**
 * @param {import("/sdk/room.js").Room} room
 * @param {import("./tile-options.js").TileOptions} tiles
 * @param {() => void} changed
 */
export function qualityChoices(room, tiles, changed) {
  const act = {
    receive(/** @type {number} */ cap) {
      remember({ receiveCap: cap });
      tiles.setReceiveCap(cap);
    },

    send(/** @type {number} */ cap) {
      remember({ sendCap: cap });
      room.setSendCap(chosenSendCap());
    },

    audioOnly(/** @type {boolean} */ on) {
      remember({ audioOnly: on });
      tiles.setAudioOnly(on);
      changed();
    },

    motion(/** @type {boolean} */ on) {
      remember({ motion: on });
      room.setMotion(on);
    },
  };

  /** The dialog. @param {HTMLElement} parent */
  function open(parent) {
    const publishes = room.localParticipant.mayPublish;
    const own = { publishes, shares: publishes && canShareScreen() };
    withPart(parent, () => import("./quality-dialog.js"), ({ openQualityDialog }) => openQualityDialog(parent, act, own));
  }
  return { ...act, open };
}

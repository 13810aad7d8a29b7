/** End-to-end encryption in the call: its badge and what is said about it, loaded when the room has to do with it. */

import { withPart } from "./lazy.js";

/** @param {import("/sdk/room.js").Room} room @param {import("../lib/link.js").Invitation} invitation @param {() => HTMLElement} parent  of dialogs */
export function sealedMeeting(room, invitation, parent) {
  const [badge, notice] = [document.createComment(""), document.createComment("")];
  let close = () => {};

  function look() {
    if (room.encryption.state === "off") return;
    close();
    withPart(document.body, () => import("./sealed-badge.js"), ({ sealedBadge }) => {
      if (!badge.parentNode) return; // it is there, or the call is over
      const loaded = sealedBadge(room, invitation, parent);
      badge.replaceWith(loaded.badge);
      notice.replaceWith(loaded.element);
      close = loaded.close;
    });
  }

  close = room.on("encryptionChanged", look);
  look();
  return { badge, notice, close: () => (close(), badge.remove()) };
}

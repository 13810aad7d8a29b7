/** Says it when nothing gets through ten seconds after one has joined: the network, not the page, is in the way. */

import { h } from "../lib/dom.js";
import { t } from "../lib/strings.js";
import { checkLink } from "./check-link.js";

const SLOW_MS = 10_000;

/** @param {import("/sdk/room.js").Room} room */
export function mediaWait(room) {
  const element = h("div", { class: "banner", id: "media-slow", role: "status", hidden: true }, h("p", {}, t("media.slow")), checkLink());
  let wasThrough = false;
  const look = () => {
    wasThrough ||= room.peerConnection?.connectionState === "connected";
    element.hidden = wasThrough;
    return wasThrough;
  };
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let again;
  const timer = setTimeout(() => {
    if (!look()) again = setInterval(() => look() && clearInterval(again), 1_000);
  }, SLOW_MS);

  return {
    element,
    close() {
      clearTimeout(timer);
      clearInterval(again);
    },
  };
}

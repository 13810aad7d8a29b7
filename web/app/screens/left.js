/** After the call: why it is over, the way back where there is one, and the chat for those who may have it as a file. */

import { h } from "../lib/dom.js";
import { options } from "../lib/prefs.js";
import { explain, t } from "../lib/strings.js";
import { brand } from "../parts/brand.js";
import { button } from "../parts/controls.js";
import { withPart } from "../parts/lazy.js";

/** Reasons after which the same person may not simply come back. */
const FINAL = new Set(["ended", "removed"]);
const ALERTS = new Set(["ended", "removed"]);

/**
 * @param {import("/sdk/index.js").TrebleError} reason
 * @param {import("/sdk/room.js").Room} room
 * @param {{rejoin: () => void, home: () => void}} go
 */
export function leftScreen(reason, room, go) {
  const words = t(reason.code === "elsewhere" ? "elsewhere.here" : "rejoin");
  const rejoin = button(words, { id: "rejoin", class: "button primary large", onclick: go.rejoin });
  rejoin.hidden = FINAL.has(reason.code);
  const error = h("p", { class: "field-error", id: "left-error", role: "status", hidden: true });
  const save = button(t("chat.export"), { id: "chat-export", class: "button large", onclick: download }, "save");
  save.hidden = reason.code === "removed" || !room.meeting.may("export") || options.without.has("chat");
  const element = h(
    "main",
    { class: "left", dataset: { reason: reason.code } },
    brand(),
    h("div", { role: ALERTS.has(reason.code) ? "alert" : null }, h("h1", {}, explain(reason))),
    h("div", { class: "row" }, rejoin, button(t("home"), { id: "home", class: "button large", onclick: go.home }), save),
    error,
  );

  /** @param {string} words */
  function say(words) {
    error.textContent = words;
    error.hidden = !words;
  }

  function download() {
    say("");
    return withPart(element, () => import("../parts/chat-files.js"), ({ saveChat }) => saveChat(room, say));
  }
  return { element, focus: rejoin.hidden ? undefined : () => rejoin.focus(), close() {} };
}

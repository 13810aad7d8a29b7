/** After the call: why it is over, and the way back where there is one. */

import { h } from "../lib/dom.js";
import { explain, t } from "../lib/strings.js";
import { brand } from "../parts/brand.js";
import { button } from "../parts/controls.js";

/** Reasons after which the same person may not simply come back. */
const FINAL = new Set(["ended", "removed"]);
const ALERTS = new Set(["ended", "removed"]);

/**
 * @param {import("/sdk/index.js").TrebleError} reason
 * @param {{rejoin: () => void, home: () => void}} go
 */
export function leftScreen(reason, go) {
  const words = t(reason.code === "elsewhere" ? "elsewhere.here" : "rejoin");
  const rejoin = button(words, { id: "rejoin", class: "button primary large", onclick: go.rejoin });
  rejoin.hidden = FINAL.has(reason.code);
  const element = h(
    "main",
    { class: "left", dataset: { reason: reason.code } },
    brand(),
    h("div", { role: ALERTS.has(reason.code) ? "alert" : null }, h("h1", {}, explain(reason))),
    h("div", { class: "row" }, rejoin, button(t("home"), { id: "home", class: "button large", onclick: go.home })),
  );
  return { element, focus: rejoin.hidden ? undefined : () => rejoin.focus(), close() {} };
}

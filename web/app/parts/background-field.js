/** The choice of what stands behind one, and what comes of it; offered where it can be done. */

import { canBlur, chooseBackground, onBackground, outcome } from "../lib/background.js";
import { h } from "../lib/dom.js";
import { prefs } from "../lib/prefs.js";
import { offerSetting } from "../lib/setting-places.js";
import { t } from "../lib/strings.js";
import { RATES } from "../blur/pace.js";
import { field } from "./controls.js";

const WORDS = { none: "background.none", blur: "background.blur" };

if (canBlur()) offerSetting("background", backgroundField);

function backgroundField() {
  const options = Object.entries(WORDS).map(([background, words]) => h("option", { value: background }, t(words)));
  const select = h("select", { id: "pref-background", onchange: choose }, ...options);
  const status = h("p", { class: "hint", id: "background-status", role: "status" });
  const element = h("div", {}, field(t("background.label"), select), h("p", { class: "hint" }, t("background.hint")), status);
  const stop = onBackground(() => (element.isConnected ? show() : stop()));

  function choose() {
    chooseBackground(/** @type {import("../lib/background.js").Background} */ (select.value));
  }

  function show() {
    const { failed, pace } = outcome;
    select.value = prefs.background;
    const slow = pace && pace.rate < RATES[0];
    const words = failed ? t("background.failed") : slow ? t("background.slow", { n: pace?.rate ?? 0 }) : "";
    if (status.textContent !== words) status.textContent = words;
    status.hidden = !words;
  }

  show();
  return element;
}

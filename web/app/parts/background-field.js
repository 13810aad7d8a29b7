/** The choice of what stands behind one, and what comes of it; offered where it can be done, or has been chosen. */

import { failureCode, hasFailed, onBackground, outcome } from "../lib/background.js";
import { h } from "../lib/dom.js";
import { prefs, remember } from "../lib/prefs.js";
import { offerSetting } from "../lib/setting-places.js";
import { t } from "../lib/strings.js";
import { RATES } from "../blur/pace.js";
import { obstacle } from "../blur/segmenter.js";
import { field } from "./controls.js";

const WORDS = { none: "background.none", blur: "background.blur" };

if (!obstacle() || prefs.background !== "none") offerSetting("background", backgroundField);

function backgroundField() {
  const options = Object.entries(WORDS).map(([background, words]) => h("option", { value: background }, t(words)));
  const select = h("select", { id: "pref-background", onchange: choose }, ...options);
  const status = h("p", { class: "hint", id: "background-status", role: "status" });
  const element = h("div", {}, field(t("background.label"), select), h("p", { class: "hint" }, t("background.hint")), status);
  const stop = onBackground(() => (element.isConnected ? show() : stop()));

  function choose() {
    remember({ background: /** @type {"none" | "blur"} */ (select.value) });
  }

  function show() {
    select.value = prefs.background;
    const { pace } = outcome;
    const slow = pace && pace.rate < RATES[0];
    const words = hasFailed() ? t(failureCode()) : slow ? t("background.slow", { n: pace.rate }) : "";
    if (status.textContent !== words) status.textContent = words;
    status.hidden = !words;
  }

  show();
  return element;
}

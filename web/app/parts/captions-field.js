/** What one chooses of captions: whether they are shown where a meeting has them, how large, and whether they are read out. */

import { h } from "../lib/dom.js";
import { prefs, remember } from "../lib/prefs.js";
import { offerSetting } from "../lib/setting-places.js";
import { t } from "../lib/strings.js";
import { field } from "./controls.js";
import { checkField } from "./dialog.js";

const SIZES = /** @type {const} */ (["small", "medium", "large"]);

offerSetting("captions", captionsField);

function captionsField() {
  const size = h("select", { id: "pref-captionSize" }, ...SIZES.map((one) => h("option", { value: one }, t(`captions.size.${one}`))));
  size.value = prefs.captionSize ?? "medium";
  size.onchange = () => remember({ captionSize: /** @type {typeof SIZES[number]} */ (size.value) });
  const show = checkField("pref-captions", t("captions.pref"), prefs.captions === true, t("captions.pref.hint"));
  show.box.onchange = () => remember({ captions: show.box.checked });
  const spoken = checkField("pref-captionsSpoken", t("captions.spoken"), prefs.captionsSpoken === true, t("captions.spoken.hint"));
  spoken.box.onchange = () => remember({ captionsSpoken: spoken.box.checked });
  return h("div", { class: "settings-section" }, show.element, field(t("captions.size"), size), spoken.element);
}

/** All that one sets for oneself, each at once and remembered: in the call's panel, elsewhere in a dialog. */

import { h } from "../lib/dom.js";
import { LANGUAGES } from "../lib/language.js";
import { prefs, remember } from "../lib/prefs.js";
import { offeredSetting } from "../lib/setting-places.js";
import { t } from "../lib/strings.js";
import { useTheme } from "../lib/theme.js";
import "./captions-field.js";
import { field, setFieldError } from "./controls.js";
import { checkField } from "./dialog.js";
import { qualityFields } from "./quality-fields.js";
import { rewordPage } from "./reword.js";
import { deviceSettings } from "./settings-devices.js";

/**
 * @typedef {object} SettingsHost
 * @property {import("./device-fields.js").Current} current
 * @property {import("./device-menu.js").Choose} choose
 * @property {boolean} [showsDevices]  whether devices are chosen elsewhere on the same screen
 * @property {() => boolean} publishes  whether one may send at all
 * @property {boolean} shares  whether this browser shares screens
 * @property {() => MediaStreamTrack | null} microphone  the open one, whose level is shown
 * @property {import("./quality-fields.js").Quality} quality
 * @property {import("./reword.js").Reworded} [reworded]  where the page cannot be opened anew for another language
 *
 * @typedef {{element: HTMLElement, update: () => void, close: () => void}} SettingsView
 */

/** @type {("system" | "light" | "dark")[]} */
const THEMES = ["system", "light", "dark"];
/** @type {("knockSound" | "handSound" | "joinSound")[]} */
const SOUNDS = ["knockSound", "handSound", "joinSound"];

/** @param {SettingsHost} host @returns {SettingsView} */
export function settingsView(host) {
  const devices = host.showsDevices ? null : deviceSettings(host);
  const background = offeredSetting("background");
  const captions = offeredSetting("captions");
  const own = { publishes: host.publishes(), shares: host.publishes() && host.shares };
  const section = sectionBelow(host.reworded ? "h2" : "h3"); // a dialog has a title of its own
  const element = h(
    "div",
    { class: "settings-list" },
    devices && section("devices", devices.element),
    section("video", ...qualityFields(host.quality, own, "pref-")),
    background && section("background", background),
    captions && section("captions", captions),
    section("sounds", ...SOUNDS.map(soundField)),
    section("keys", keysField()),
    section("look", themeField(), languageField(host.reworded)),
  );
  devices?.update();
  return { element, update: () => devices?.update(), close: () => devices?.close() };
}

/** @param {"h2" | "h3"} heading */
function sectionBelow(heading) {
  return (/** @type {string} */ name, /** @type {(Node | null | false)[]} */ ...content) => {
    const id = `pref-${name}-title`;
    return h("section", { class: "settings-section", "aria-labelledby": id }, h(heading, { id }, t(`prefs.${name}`)), ...content);
  };
}

/** @param {typeof SOUNDS[number]} sound */
function soundField(sound) {
  const { element, box } = checkField(`pref-${sound}`, t(`prefs.${sound}`), prefs[sound]);
  box.onchange = () => remember({ [sound]: box.checked });
  return element;
}

function keysField() {
  const { element, box } = checkField("pref-shortcuts", t("prefs.shortcuts"), prefs.shortcuts, t("prefs.shortcuts.hint"));
  box.onchange = () => remember({ shortcuts: box.checked });
  return element;
}

function themeField() {
  const options = THEMES.map((theme) => h("option", { value: theme }, t(`theme.${theme}`)));
  const select = h("select", { id: "pref-theme", onchange: () => useTheme(/** @type {typeof THEMES[number]} */ (select.value)) }, ...options);
  select.value = prefs.theme;
  return field(t("more.theme"), select);
}

/** @param {import("./reword.js").Reworded} [reworded] */
function languageField(reworded) {
  const own = Object.entries(LANGUAGES).map(([language, name]) => h("option", { value: language, lang: language }, name));
  const select = h("select", { id: "pref-language", onchange: choose }, h("option", { value: "" }, t("prefs.language.system")), ...own);
  select.value = prefs.language;

  async function choose() {
    const { language } = prefs;
    remember({ language: select.value });
    if (!reworded) return location.reload();
    setFieldError(select, "");
    await rewordPage(reworded).catch(() => {
      remember({ language });
      select.value = language;
      setFieldError(select, t("part.failed"));
    });
  }
  return field(t("prefs.language"), select);
}

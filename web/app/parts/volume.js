/** How loud one person is, here only: a slider at the tile that it is about; on a phone a sheet. */

import { h } from "../lib/dom.js";
import { t } from "../lib/strings.js";
import { keepAt } from "./menu.js";

/**
 * @param {HTMLElement} opener
 * @param {string} name
 * @param {number} volume  0 to 1
 * @param {(volume: number) => void} choose
 */
export function openVolume(opener, name, volume, choose) {
  const label = t("volume.of", { name });
  const slider = h("input", { id: "tile-volume-slider", type: "range", min: 0, max: 100, step: 5, "aria-label": label });
  const shown = h("output", { for: slider.id });
  slider.value = String(Math.round(volume * 100));
  const tell = () => {
    shown.textContent = t("volume.percent", { n: slider.value });
    slider.setAttribute("aria-valuetext", shown.textContent);
  };
  slider.oninput = () => {
    tell();
    choose(slider.valueAsNumber / 100);
  };
  tell();
  const card = h("div", { class: "menu volume-card", role: "dialog", "aria-label": label, popover: "auto" }, h("p", {}, label), h("div", {}, slider, shown));
  card.addEventListener("toggle", (event) => {
    if (/** @type {ToggleEvent} */ (event).newState !== "closed") return;
    if (card.contains(document.activeElement) || document.activeElement === document.body) opener.focus();
    card.remove();
  });
  (opener.closest(".call") ?? document.body).append(card);
  card.showPopover();
  keepAt(card, opener);
  slider.focus();
}

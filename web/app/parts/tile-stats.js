/** What a picture is, and why it is no better: five lines over its tile, three where the tile is small. */

import { h } from "../lib/dom.js";
import { reasonWords } from "../lib/reason-words.js";
import { dataWords, delayWords, layerWords, lossWords, pictureWords } from "../lib/stats-words.js";
import { t } from "../lib/strings.js";

/**
 * @typedef {object} Shown
 * @property {import("/sdk/stats.js").Figures | null} figures
 * @property {number | null} layer
 * @property {number | null} temporal
 * @property {string} reason  in words
 * @property {() => TileStats} make  what shows it
 */

/**
 * What there is to show of a tile now; null while nothing comes.
 *
 * @param {import("/sdk/room.js").Room} room
 * @param {import("./tile.js").Tile} tile
 * @param {import("./tile.js").TileState} state
 * @returns {Shown | null}
 */
export function shownOf(room, { participant, source }, state) {
  const make = () => new TileStats();
  if (state.self) {
    const figures = room.ownFigures(source);
    return state.sends ? { figures, layer: null, temporal: null, reason: t("stats.own"), make } : null;
  }
  const slot = room.slots.find(participant, source);
  if (!slot || !state.sends) return null;
  const { reason, codec, layer, temporal } = slot;
  const words = reasonWords({ reason, codec: codec ?? "", name: state.name, cap: state.cap, paused: state.paused, layer });
  return { figures: room.figuresOf(slot), layer, temporal, reason: words, make };
}

export class TileStats {
  #picture = h("dd", {});
  #data = h("dd", {});
  #lost = h("dd", {});
  #delay = h("dd", {});
  #layer = h("dd", {});
  #reason = h("p", { class: "stats-reason" });
  element = h(
    "div",
    { class: "tile-stats", role: "group", "aria-label": t("stats.label"), hidden: true },
    h(
      "dl",
      {},
      line("picture", t("stats.picture"), this.#picture),
      line("data", t("stats.data"), this.#data),
      line("lost", t("stats.lost"), this.#lost),
      line("delay", t("stats.delay"), this.#delay),
      line("layer", t("stats.layer"), this.#layer),
    ),
    this.#reason,
  );

  /** @param {Shown | null} shown  null: nothing is shown */
  update(shown) {
    this.element.hidden = shown === null;
    if (!shown) return;
    const { figures, layer, temporal, reason } = shown;
    this.#picture.textContent = pictureWords(figures);
    this.#data.textContent = dataWords(figures);
    this.#lost.textContent = lossWords(figures);
    this.#delay.textContent = delayWords(figures);
    this.#layer.textContent = layerWords(layer, temporal);
    this.#reason.textContent = reason;
  }
}

/** @param {string} name @param {string} label @param {HTMLElement} value */
function line(name, label, value) {
  return h("div", { class: `stats-${name}` }, h("dt", {}, label), value);
}

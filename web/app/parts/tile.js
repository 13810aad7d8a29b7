/** One person or one screen on the stage. */

import { avatar } from "../lib/avatar.js";
import { h, icon, setIcon, setLabel } from "../lib/dom.js";
import { fitOf } from "../lib/grid.js";
import { reasonWords } from "../lib/reason-words.js";
import { t } from "../lib/strings.js";
import { iconButton } from "./controls.js";
import { isWeak } from "./network.js";

/**
 * @typedef {object} TileState
 * @property {string} name
 * @property {boolean} self
 * @property {boolean} guest
 * @property {string | null} face  the account's picture
 * @property {number} turn  of the raised hand, 0: none
 * @property {boolean} spotlight
 * @property {boolean} micMuted
 * @property {boolean} speaking
 * @property {import("/sdk/types.js").Connection} connection
 * @property {HTMLVideoElement | null} video
 * @property {boolean} picture  whether the video may be seen
 * @property {boolean} sends  whether there is a picture to be had
 * @property {boolean} paused  for want of bandwidth
 * @property {boolean} mirrored
 * @property {boolean} pinned
 * @property {import("/sdk/types.js").ConnectionQuality | undefined} network
 * @property {number} cap  lines that the user chose, 0: none
 * @property {string} reason  of `reason.*`, empty where nothing is to be said
 * @property {string} codec
 * @property {number | null} layer  that is sent
 */

/** Reasons that are said aloud; the others are as wished for. */
const SAID = new Set(["bandwidth", "publisher", "paused-by-host", "codec", "sealed", "sealed-own"]);

export class Tile {
  #label = h("span", { class: "tile-name", dir: "auto" });
  #mute = h("span", { class: "tile-mute" }, icon("mic-off"));
  #badge = h("span", { class: "tile-badge" }, t("guest"));
  #pin = h("span", { class: "tile-mark" }, icon("pin"));
  #hand = h("span", { class: "tile-hand", hidden: true }, icon("hand"), h("b", {}));
  #network = h("span", { class: "tile-mark" }, icon("none"));
  #state = h("p", { class: "tile-state" });
  #reason = h("p", { class: "tile-reason" });
  media = h("div", { class: "tile-media" });
  /** @type {{width: number, height: number}} */
  size = { width: 0, height: 0 };
  #shown = "";
  /** @type {import("./tile-stats.js").TileStats | null} */
  #stats = null;
  /** Opens its menu. */
  more = iconButton({ icon: "dots", label: "", class: "tile-more", "aria-haspopup": "menu" });
  self = false;
  /** Of a screen, as soon as it is loaded. @type {import("./screen-zoom.js").ScreenZoom | null} */
  zoom = null;

  /**
   * @param {string} participant
   * @param {import("/sdk/types.js").Source} source
   * @param {(tile: Tile) => void} open
   */
  constructor(participant, source, open) {
    this.participant = participant;
    this.source = source;
    this.key = keyOf(participant, source);
    this.more.onclick = () => open(this);
    this.#cover = h("div", { class: "tile-cover" });
    this.element = h(
      "div",
      { class: "tile", role: "group", "aria-keyshortcuts": "Enter", dataset: { participant, source, picture: "off" } },
      this.media,
      this.#cover,
      this.#hand,
      this.#state,
      h(
        "div",
        { class: "tile-foot" },
        this.#reason,
        h("p", { class: "tile-label" }, this.#mute, this.#label, this.#badge, this.#pin, this.#network),
      ),
      this.more,
    );
    this.element.addEventListener("contextmenu", (event) => {
      event.preventDefault(); // also a long touch
      open(this);
    });
    this.element.addEventListener("keydown", (event) => {
      if (event.target !== this.element || event.key !== "Enter") return;
      event.preventDefault();
      open(this);
    });
  }

  #cover;

  /** @param {TileState} state */
  update(state) {
    const label = this.source === "screen" ? t("tile.screen", { name: state.name }) : state.self ? t("you") : state.name;
    const { dataset } = this.element;
    dataset.name = state.name;
    dataset.picture = state.picture ? "on" : "off";
    dataset.muted = String(state.micMuted);
    dataset.speaking = String(state.speaking);
    dataset.connection = state.connection;
    dataset.reason = state.reason;
    dataset.pinned = String(state.pinned);
    dataset.network = state.network ?? "";
    this.self = state.self;
    this.element.classList.toggle("is-self", state.self);
    this.#label.textContent = label;
    this.#mute.hidden = !state.micMuted || this.source === "screen";
    this.#badge.hidden = !state.guest || state.self || this.source === "screen";
    this.#pin.hidden = !state.pinned && !state.spotlight;
    setIcon(this.#pin, state.pinned ? "pin" : "spotlight");
    this.#hand.hidden = !state.turn || this.source === "screen";
    /** @type {HTMLElement} */ (this.#hand.lastElementChild).textContent = String(state.turn);
    this.#showNetwork(state);
    this.element.setAttribute("aria-label", describe(label, state));
    setLabel(this.more, t("tile.more", { name: label }));
    this.#showState(state);
    this.#showCover(state);
    this.#showVideo(state);
  }

  /** @param {import("../lib/grid.js").Box} box */
  place({ x, y, width, height }) {
    this.size = { width, height };
    const { style } = this.element;
    style.width = `${Math.floor(width)}px`; // whole pixels: no line of a picture beside what covers it
    style.height = `${Math.floor(height)}px`;
    style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
    this.#fit();
  }

  /** @param {import("./tile-stats.js").Shown | null} shown */
  showStats(shown) {
    this.element.classList.toggle("with-stats", shown !== null);
    if (shown && !this.#stats) {
      this.#stats = shown.make();
      this.#cover.after(this.#stats.element);
    }
    this.#stats?.update(shown);
  }

  /** @param {TileState} state */
  #showState(state) {
    const { connection, reason } = state;
    this.#state.hidden = connection === "connected";
    this.#state.textContent = connection === "connected" ? "" : t(`tile.${connection}`);
    const words = SAID.has(reason) ? reasonWords(state) : "";
    this.#reason.hidden = !words;
    this.#reason.textContent = words;
  }

  /** Only where there is something to say. @param {TileState} state */
  #showNetwork({ network, connection }) {
    this.#network.hidden = !isWeak(network) || connection !== "connected" || this.source === "screen";
    if (!this.#network.hidden) setIcon(this.#network, `net-${network}`);
    this.#network.title = this.#network.hidden ? "" : t("net.theirs", { level: t(`net.${network}`) });
  }

  /** @param {TileState} state */
  #showCover({ name, face }) {
    const shown = `${name}|${face}`;
    if (this.#shown === shown) return;
    this.#shown = shown;
    this.#cover.replaceChildren(this.source === "screen" ? icon("share") : avatar(this.participant, name, face));
  }

  /** @param {TileState} state */
  #showVideo({ video, mirrored }) {
    const current = this.media.firstElementChild;
    if (current !== video) current?.remove();
    if (!video) return;
    if (current !== video) this.media.append(video);
    video.classList.toggle("mirrored", mirrored);
    if (video.paused) video.play().catch(() => {}); // muted video is always allowed; an older play may be replaced
  }

  /** How the picture fills the tile; again whenever either changes its shape. */
  #fit() {
    const video = this.media.firstElementChild;
    if (!(video instanceof HTMLVideoElement) || !video.videoWidth || !this.size.width) return;
    const picture = { width: video.videoWidth, height: video.videoHeight };
    this.element.dataset.fit = this.source === "screen" ? "contain" : fitOf(picture, this.size);
  }

  refit() {
    this.#fit();
  }
}

/** @param {string} participant @param {string} source */
export function keyOf(participant, source) {
  return `${participant}/${source}`;
}

/** @param {string} label @param {TileState} state */
function describe(label, { micMuted, speaking, connection, pinned, network, turn, spotlight }) {
  const parts = [label];
  if (turn) parts.push(t("tile.hand", { n: turn }));
  if (spotlight) parts.push(t("tile.spotlight"));
  if (pinned) parts.push(t("tile.pinned"));
  if (micMuted) parts.push(t("tile.muted"));
  if (speaking) parts.push(t("tile.speaking"));
  if (connection !== "connected") parts.push(t(`tile.${connection}`));
  else if (isWeak(network)) parts.push(t("net.theirs", { level: t(`net.${network}`) }));
  return parts.join(", ");
}

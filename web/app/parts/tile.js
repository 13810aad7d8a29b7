/** One person or one screen on the stage. */

import { avatar } from "../lib/avatar.js";
import { h, icon } from "../lib/dom.js";
import { fitOf } from "../lib/grid.js";
import { hasText, t } from "../lib/strings.js";

/**
 * @typedef {object} TileState
 * @property {string} name
 * @property {boolean} self
 * @property {boolean} guest
 * @property {boolean} micMuted
 * @property {boolean} speaking
 * @property {import("/sdk/types.js").Connection} connection
 * @property {HTMLVideoElement | null} video
 * @property {boolean} picture  whether the video may be seen
 * @property {boolean} mirrored
 * @property {string} reason  of `reason.*`, empty where nothing is to be said
 * @property {string} codec
 */

/** Reasons that are said aloud; the others are as wished for. */
const SAID = new Set(["bandwidth", "publisher", "paused-by-host", "codec"]);

export class Tile {
  #label = h("span", { class: "tile-name" });
  #mute = h("span", { class: "tile-mute" }, icon("mic-off"));
  #badge = h("span", { class: "tile-badge" }, t("guest"));
  #state = h("p", { class: "tile-state" });
  #reason = h("p", { class: "tile-reason" });
  #media = h("div", { class: "tile-media" });
  /** @type {{width: number, height: number}} */
  size = { width: 0, height: 0 };
  #shown = "";

  /**
   * @param {string} participant
   * @param {import("/sdk/types.js").Source} source
   */
  constructor(participant, source) {
    this.participant = participant;
    this.source = source;
    this.#cover = h("div", { class: "tile-cover" });
    this.element = h(
      "div",
      { class: "tile", role: "group", dataset: { participant, source, picture: "off" } },
      this.#media,
      this.#cover,
      this.#state,
      h("div", { class: "tile-foot" }, this.#reason, h("p", { class: "tile-label" }, this.#mute, this.#label, this.#badge)),
    );
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
    this.element.classList.toggle("is-self", state.self);
    this.#label.textContent = label;
    this.#mute.hidden = !state.micMuted || this.source === "screen";
    this.#badge.hidden = !state.guest || state.self || this.source === "screen";
    this.element.setAttribute("aria-label", describe(label, state));
    this.#showState(state);
    this.#showCover(state);
    this.#showVideo(state);
  }

  /** @param {import("../lib/grid.js").Box} box */
  place({ x, y, width, height }) {
    this.size = { width, height };
    const { style } = this.element;
    style.width = `${width}px`;
    style.height = `${height}px`;
    style.transform = `translate(${x}px, ${y}px)`;
    this.#fit();
  }

  /** @param {TileState} state */
  #showState({ connection, reason, codec, name }) {
    this.#state.hidden = connection === "connected";
    this.#state.textContent = connection === "connected" ? "" : t(`tile.${connection}`);
    const key = `reason.${reason}`;
    this.#reason.hidden = !SAID.has(reason) || !hasText(key);
    this.#reason.textContent = this.#reason.hidden ? "" : t(key, { codec, name });
  }

  /** @param {TileState} state */
  #showCover({ name }) {
    if (this.#shown === name) return;
    this.#shown = name;
    this.#cover.replaceChildren(this.source === "screen" ? icon("share") : avatar(this.participant, name));
  }

  /** @param {TileState} state */
  #showVideo({ video, mirrored }) {
    const current = this.#media.firstElementChild;
    if (current !== video) current?.remove();
    if (!video) return;
    if (current !== video) this.#media.append(video);
    video.classList.toggle("mirrored", mirrored);
    if (video.paused) video.play().catch(() => {}); // muted video is always allowed; an older play may be replaced
  }

  /** How the picture fills the tile; again whenever either changes its shape. */
  #fit() {
    const video = this.#media.firstElementChild;
    if (!(video instanceof HTMLVideoElement) || !video.videoWidth || !this.size.width) return;
    const picture = { width: video.videoWidth, height: video.videoHeight };
    this.element.dataset.fit = this.source === "screen" ? "contain" : fitOf(picture, this.size);
  }

  refit() {
    this.#fit();
  }
}

/** @param {string} label @param {TileState} state */
function describe(label, { micMuted, speaking, connection }) {
  const parts = [label];
  if (micMuted) parts.push(t("tile.muted"));
  if (speaking) parts.push(t("tile.speaking"));
  if (connection !== "connected") parts.push(t(`tile.${connection}`));
  return parts.join(", ");
}

/**
 * Grid or speaker view: what the user chose, and what is large for a while. A screen, a pin and a host's spotlight
 * switch to speaker view by themselves, and back when they end, unless the user chose since; a screen that begins
 * while another is shown switches only where the user did not choose during that one.
 */

/** @typedef {"grid" | "speaker"} Mode */

export class LayoutChoice {
  #chosen;
  #forced = false;
  #choseSince = false;
  /** @type {string[]} */
  #screens = [];
  #pinned = "";
  #spotlight = "";

  /** @param {Mode} chosen */
  constructor(chosen) {
    this.#chosen = chosen;
  }

  /** @returns {Mode} */
  get mode() {
    return this.#forced ? "speaker" : this.#chosen;
  }

  /** Keys of shared screens, those that began first come first. */
  get screens() {
    return this.#screens;
  }

  /** @param {Mode} mode */
  choose(mode) {
    this.#chosen = mode;
    this.#forced = false;
    this.#choseSince = true;
  }

  /**
   * @param {string[]} screens  keys of those that are shared now
   * @param {string} pinned  key of a tile that is here, else empty
   * @param {string} spotlight
   */
  update(screens, pinned, spotlight) {
    const fresh = screens.filter((key) => !this.#screens.includes(key));
    this.#screens = [...this.#screens.filter((key) => screens.includes(key)), ...fresh];
    const isNewOther = (pinned && pinned !== this.#pinned) || (spotlight && spotlight !== this.#spotlight);
    const isOver = this.#choseSince && !pinned && (this.#pinned || this.#spotlight !== spotlight);
    [this.#pinned, this.#spotlight] = [pinned, spotlight];
    if (isOver) this.#forced = false;
    if (isNewOther || (fresh.length && !this.#choseSince)) this.#forced = true;
    if (!screens.length && !pinned && !spotlight) this.#forced = this.#choseSince = false;
  }
}

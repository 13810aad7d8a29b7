/**
 * How many lines of a picture the user wants: a choice for all, and for single tiles another. Pure.
 * 0 is "Auto": as many as the tile shows and the connection carries.
 */

export const RECEIVE_CHOICES = [0, 180, 360, 720, 1080];
export const SEND_CHOICES = [0, 180, 360, 720];

export class TileCaps {
  /** @type {Map<string, number>} */
  #chosen = new Map();
  #general;

  /** @param {number} general */
  constructor(general) {
    this.#general = general;
  }

  /** For all tiles that have no choice of their own. @param {number} cap */
  setGeneral(cap) {
    this.#general = cap;
  }

  /** @param {string} key @param {number} cap  0: as all the others */
  choose(key, cap) {
    if (cap) this.#chosen.set(key, cap);
    else this.#chosen.delete(key);
  }

  /** The tile's own choice. @param {string} key */
  chosen(key) {
    return this.#chosen.get(key) ?? 0;
  }

  /** What holds for it. @param {string} key */
  of(key) {
    return this.chosen(key) || this.#general;
  }
}

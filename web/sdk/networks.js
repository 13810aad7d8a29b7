/**
 * How everybody's network does: what the server says; of oneself, until it says so, what one's own statistics say (the
 * server sees both ways, a client rather its own).
 */

/** @typedef {import("./types.js").ConnectionQuality} ConnectionQuality */

export class Networks {
  /** @type {ReadonlyMap<string, ConnectionQuality>} */
  levels = new Map();
  #serverKnowsUs = false;

  /**
   * @param {{participant: string, level: ConnectionQuality}[]} networks  all that the server knows
   * @param {string} self
   */
  take(networks, self) {
    const told = new Map(networks.map(({ participant, level }) => [participant, level]));
    this.#serverKnowsUs ||= told.has(self);
    const own = this.#serverKnowsUs ? undefined : this.levels.get(self);
    this.levels = own ? told.set(self, own) : told;
  }

  /**
   * @param {ConnectionQuality} level
   * @param {string} self
   * @returns {boolean}  whether it counts
   */
  find(level, self) {
    if (this.#serverKnowsUs) return false;
    this.levels = new Map(this.levels).set(self, level);
    return true;
  }
}

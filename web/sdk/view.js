/**
 * What is shown now, told to the server: at most four times a second, at once when a tile appears, only news, smaller
 * on a busy machine.
 */

import { lessened } from "./load.js";

/** @typedef {import("./types.js").Tile} Tile */

const VIEW_INTERVAL_MS = 250;
const MOST_A_SECOND = 4;

export class View {
  /** @type {Tile[] | null} */
  #tiles = null; // until the application says: the server then shows everybody
  #sent = "";
  /** Tiles that the server knows to be shown. */
  #known = new Set();
  #load = 0;
  #send;
  #now;
  /** When the last ones were sent. @type {number[]} */
  #times = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {(tiles: Tile[]) => boolean} send  whether it could be sent @param {() => number} now  milliseconds */
  constructor(send, now = () => performance.now()) {
    this.#send = send;
    this.#now = now;
  }

  /** @param {Tile[]} tiles */
  set(tiles) {
    this.#tiles = tiles;
    this.#push(tiles.some((tile) => !this.#known.has(keyOf(tile))));
  }

  /** @param {number} step  of `load.js` */
  setLoad(step) {
    this.#load = step;
    this.#push();
  }

  /** Send what could not be sent; with `anew` also what a former connection was told. */
  resend(anew = false) {
    if (anew) this.#sent = "";
    this.#push();
  }

  close() {
    clearTimeout(this.#timer);
  }

  /** Latest wins: now, or when it may be. @param {boolean} appears  whether a tile does */
  #push(appears = false) {
    clearTimeout(this.#timer);
    const fourth = this.#times.length < MOST_A_SECOND ? -Infinity : this.#times[0];
    const due = Math.max(fourth + 1_000, appears ? 0 : (this.#times.at(-1) ?? -Infinity) + VIEW_INTERVAL_MS);
    const wait = due - this.#now();
    if (wait > 0) this.#timer = setTimeout(() => this.#push(appears), Math.ceil(wait));
    else this.#tell();
  }

  #tell() {
    const tiles = this.#tiles && lessened(this.#tiles, this.#load);
    const encoded = JSON.stringify(tiles);
    if (!tiles || encoded === this.#sent || !this.#send(tiles)) return;
    this.#sent = encoded;
    this.#known = new Set(tiles.map(keyOf));
    this.#times = [...this.#times, this.#now()].slice(-MOST_A_SECOND);
  }
}

/** @param {Tile} tile */
function keyOf({ participant, source }) {
  return `${participant}/${source}`;
}

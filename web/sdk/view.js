/** What is shown now, told to the server: at most four times a second, only news, smaller on a busy machine. */

import { lessened } from "./load.js";
import { throttleLatest } from "./throttle.js";

/** @typedef {import("./types.js").Tile} Tile */

const VIEW_INTERVAL_MS = 250;

export class View {
  /** @type {Tile[] | null} */
  #tiles = null; // until the application says: the server then shows everybody
  #sent = "";
  #load = 0;
  #throttle;

  /** @param {(tiles: Tile[]) => boolean} send  whether it could be sent */
  constructor(send) {
    this.#throttle = throttleLatest(() => this.#send(send), VIEW_INTERVAL_MS);
  }

  /** @param {Tile[]} tiles */
  set(tiles) {
    this.#tiles = tiles;
    this.#throttle.push(undefined);
  }

  /** @param {number} step  of `load.js` */
  setLoad(step) {
    this.#load = step;
    this.#throttle.push(undefined);
  }

  /** Send what could not be sent; with `anew` also what a former connection was told. */
  resend(anew = false) {
    if (anew) this.#sent = "";
    this.#throttle.push(undefined);
  }

  close() {
    this.#throttle.cancel();
  }

  /** @param {(tiles: Tile[]) => boolean} send */
  #send(send) {
    const tiles = this.#tiles && lessened(this.#tiles, this.#load);
    const encoded = JSON.stringify(tiles);
    if (tiles && encoded !== this.#sent && send(tiles)) this.#sent = encoded;
  }
}

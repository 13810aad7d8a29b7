/** Picture-in-picture: opened, kept up to date with whom speaker view would show large, and closed. */

import { withPart } from "./lazy.js";

/**
 * @typedef {import("/sdk/room.js").Room} Room
 *
 * @typedef {object} SmallHooks
 * @property {import("./stage-plan.js").StagePlan} plan
 * @property {import("./tile-states.js").TileStates} states
 * @property {import("./players.js").Players} players
 * @property {() => void} changed
 * @property {() => void} mic
 * @property {() => void} cam
 */

/** Whether this browser has it. */
export function hasPictureInPicture() {
  return "documentPictureInPicture" in window || document.pictureInPictureEnabled === true;
}

export class SmallView {
  #room;
  #hooks;
  /** @type {import("./small-window.js").SmallWindow | null} */
  #window = null;

  /** @param {Room} room @param {SmallHooks} hooks */
  constructor(room, hooks) {
    this.#room = room;
    this.#hooks = hooks;
  }

  get isOpen() {
    return this.#window !== null;
  }

  /** Its tile and CSS pixels, for what is asked of the server. @returns {[string, {width: number, height: number}] | null} */
  get shown() {
    return this.#window && [this.#window.key, this.#window.size];
  }

  toggle() {
    if (this.#window) return this.close();
    withPart(document.body, () => import("./small-window.js"), ({ SmallWindow }) => this.#open(SmallWindow));
  }

  /** @param {typeof import("./small-window.js").SmallWindow} SmallWindow */
  #open(SmallWindow) {
    this.#window = new SmallWindow(this.#room, { ...this.#hooks, closed: () => this.close() });
    this.#window.open().catch(() => this.close()); // the browser said no
  }

  update() {
    this.#window?.follow();
  }

  close() {
    const window = this.#window;
    this.#window = null;
    window?.close();
    this.#hooks.changed();
  }
}

/**
 * Reads the connection's statistics every two seconds, every second while somebody looks at them, and concludes how
 * busy the machine is and how one's own network does.
 */

import { Emitter } from "./emitter.js";
import { Load } from "./load.js";
import { isCpuLimited, isDecodingLate, ownLevel, readReport, receivedFigures, sentFigures } from "./stats.js";

/**
 * @typedef {import("./stats.js").Reading} Reading
 * @typedef {import("./stats.js").Figures} Figures
 * @typedef {import("./types.js").ConnectionQuality} ConnectionQuality
 */

const QUIET_MS = 2_000;
const WATCHED_MS = 1_000;

/**
 * Events: `reading` after each one, `load` when the step changed, `level` when one's own network did.
 *
 * @extends {Emitter<{reading: [], load: [number], level: [ConnectionQuality]}>}
 */
export class Monitor extends Emitter {
  #connection;
  #sparing;
  #load = new Load();
  /** @type {ConnectionQuality | null} */
  #level = null;
  /** @type {RTCPeerConnection | null} */
  #pc = null;
  /** @type {Reading | null} */
  #before = null;
  /** @type {Reading | null} */
  #now = null;
  #watchers = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #stopped = false;

  /**
   * @param {() => RTCPeerConnection | null} connection
   * @param {boolean} sparing  whether a busy machine is spared
   */
  constructor(connection, sparing) {
    super();
    this.#connection = connection;
    this.#sparing = sparing;
  }

  get load() {
    return this.#load.step;
  }

  start() {
    this.#stopped = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#turn(), this.#watchers ? WATCHED_MS : QUIET_MS);
  }

  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Read each second until the returned function is called. */
  watch() {
    this.#watchers += 1;
    if (this.#watchers === 1 && !this.#stopped) this.start();
    return () => {
      this.#watchers -= 1;
    };
  }

  /** @param {string | null} mid  of a receiver @returns {Figures | null} */
  received(mid) {
    return mid && this.#now ? receivedFigures(this.#before, this.#now, mid) : null;
  }

  /** @param {string | null} mid  of a sender @returns {Figures | null} */
  sent(mid) {
    return mid && this.#now ? sentFigures(this.#before, this.#now, mid) : null;
  }

  async #turn() {
    try {
      await this.#read();
    } finally {
      if (!this.#stopped) this.start();
    }
  }

  async #read() {
    const pc = this.#connection();
    if (pc !== this.#pc) [this.#pc, this.#before, this.#now] = [pc, null, null];
    if (pc?.connectionState !== "connected") return;
    const report = await pc.getStats();
    if (this.#stopped || pc !== this.#pc) return;
    [this.#before, this.#now] = [this.#now, readReport(report, performance.now())];
    this.emit("reading");
    if (this.#before) this.#conclude(this.#before, this.#now);
  }

  /** @param {Reading} before @param {Reading} now */
  #conclude(before, now) {
    const hidden = globalThis.document?.hidden ?? false; // a hidden page shows no frames, which is no trouble
    const busy = isCpuLimited(now) || (!hidden && isDecodingLate(before, now));
    if (this.#sparing && this.#load.take(busy, now.at)) this.emit("load", this.#load.step);
    const level = ownLevel(before, now);
    if (level === this.#level) return;
    this.#level = level;
    this.emit("level", level);
  }
}

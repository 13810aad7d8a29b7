/**
 * The blurred background as a processor of the SDK. Loads the segmenter when it first has a track; `destroy` ends the thread and
 * with it all that it holds. Where it cannot work, or stops working, it gives no picture and says so.
 */

import { passBitmaps } from "./bitmaps.js";
import { canPassFrames, passFrames } from "./frames.js";
import { obstacle, segmenter } from "./segmenter.js";
import { watch } from "./watch.js";

/**
 * @typedef {{track: MediaStreamTrack, stop: () => void}} Passing
 *
 * @typedef {object} Told
 * @property {(pace: {rate: number, mean: number}) => void} pace  pictures a second, and milliseconds a picture
 * @property {(failure: import("../lib/background.js").Failure) => void} failure  empty: it begins anew
 * @property {() => void} hangs  its last picture stands until another processor is there in its place, or this one is destroyed
 */

const START_MS = 20_000;

export class BlurProcessor {
  name = "background-blur";
  /** @type {MediaStreamTrack | undefined} */
  processedTrack;
  #told;
  #load = 0;
  /** @type {Worker | null} */
  #worker = null;
  /** @type {Passing | null} */
  #passing = null;
  /** @type {ReturnType<typeof watch> | null} */
  #watch = null;

  /** @param {Told} told */
  constructor(told) {
    this.#told = told;
  }

  /** @param {{track: MediaStreamTrack}} options */
  async init({ track }) {
    await this.destroy();
    this.#told.failure("");
    let worker;
    try {
      if (obstacle()) throw new Error(obstacle());
      worker = this.#worker = new Worker(import.meta.resolve("/app/blur/worker.js"));
      await begun(worker);
    } catch (error) {
      if (!worker || worker === this.#worker) this.#fail();
      throw error;
    }
    if (worker !== this.#worker) throw new Error("destroyed meanwhile");
    this.#watch = watch({ ask: () => worker.postMessage({ type: "ask" }), hangs: this.#told.hangs });
    worker.onmessage = ({ data }) => {
      if (data.type === "works") this.#watch?.answered();
      if (data.type === "pace") this.#told.pace(data);
      if (data.type === "failed") this.#fail();
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.#fail();
    };
    this.setLoad(this.#load);
    this.#pass(worker, track);
  }

  /** @param {{track: MediaStreamTrack}} options */
  async restart({ track }) {
    if (!this.#worker) return this.init({ track });
    this.#passing?.stop();
    this.#pass(this.#worker, track);
  }

  async destroy() {
    this.#watch?.stop();
    this.#watch = null;
    this.#passing?.stop();
    this.#passing = null;
    this.#worker?.terminate();
    this.#worker = null;
    this.processedTrack = undefined;
  }

  /** How busy the machine is otherwise, as `loadChanged` says it. @param {number} step */
  setLoad(step) {
    this.#load = step;
    this.#worker?.postMessage({ type: "load", step });
  }

  /** @param {Worker} worker @param {MediaStreamTrack} track */
  #pass(worker, track) {
    this.#passing = (canPassFrames() ? passFrames : passBitmaps)(worker, track);
    this.processedTrack = this.#passing.track;
  }

  #fail() {
    this.destroy();
    this.#told.failure(obstacle() || "failed");
  }
}

/** @param {Worker} worker */
function begun(worker) {
  return new Promise((resolve, reject) => {
    worker.addEventListener("message", ({ data }) => {
      if (data.type === "ready") resolve(data);
      if (data.type === "failed") reject(new Error(data.detail));
    });
    setTimeout(() => reject(new Error("too slow")), START_MS);
    worker.addEventListener("error", ({ message }) => reject(new Error(message || "the worker cannot be loaded")));
    worker.postMessage({ type: "start", addresses: segmenter() });
  });
}

/** The chosen background in the pre-join: what the preview shows follows the choice and the camera. */

import { Processing } from "/sdk/processing.js";
import { backgroundProcessor, blurs, onBackground, tellFailed } from "./background.js";

export class PreviewBackground {
  #processing = new Processing();
  #camera;
  #changed;
  #turn = Promise.resolve();
  #stop;

  /** @param {() => MediaStreamTrack | null} camera  that is open now @param {(failed: boolean) => void} changed */
  constructor(camera, changed) {
    this.#camera = camera;
    this.#changed = changed;
    this.#stop = onBackground(() => blurs() !== this.#isOn && this.follow());
  }

  get #isOn() {
    return this.#processing.of("camera") !== null;
  }

  /** The camera's own picture until the blurred one is there. */
  get picture() {
    return this.#processing.output("camera", this.#camera()) ?? this.#camera();
  }

  /** After another choice or another camera. */
  follow() {
    this.#turn = this.#turn.then(() => this.#bring());
  }

  async #bring() {
    const camera = this.#camera();
    let failed = false;
    try {
      if (blurs() !== this.#isOn) await this.#processing.use("camera", await backgroundProcessor(), camera);
      else await this.#processing.apply("camera", camera);
    } catch {
      failed = true;
      await this.#processing.use("camera", null, camera);
      tellFailed();
    }
    this.#changed(failed);
  }

  close() {
    this.#stop();
    this.#turn.then(() => this.#processing.close());
  }
}

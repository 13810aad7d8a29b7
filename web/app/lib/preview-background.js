/** The chosen background in the pre-join: what the preview shows follows the choice and the camera. */

import { Processing } from "/sdk/processing.js";
import { failureCode, hasFailed, onBackground, outcome } from "./background.js";
import { lateBlur } from "./late-blur.js";
import { prefs } from "./prefs.js";

export class PreviewBackground {
  #processing = new Processing();
  #camera;
  #changed;
  #turn = Promise.resolve();
  #stop;

  /**
   * @param {() => MediaStreamTrack | null} camera  that is open now
   * @param {{changed: () => void, failed: (code: string) => void}} told
   */
  constructor(camera, { changed, failed }) {
    this.#camera = camera;
    this.#changed = changed;
    this.#stop = onBackground(() => {
      if ((prefs.background === "blur") !== this.#isOn || outcome.hangs) this.follow();
      if (hasFailed()) failed(failureCode());
    });
  }

  get #isOn() {
    return this.#processing.of("camera") !== null;
  }

  /** Nothing until the blurred one is there, where it is to be blurred. */
  get picture() {
    const isNew = prefs.background === "blur" && !this.#isOn;
    return isNew ? null : this.#processing.output("camera", this.#camera());
  }

  /** After another choice or another camera. */
  follow() {
    this.#turn = this.#turn.then(() => this.#bring());
  }

  async #bring() {
    const camera = this.#camera();
    const wants = prefs.background === "blur";
    try {
      if (wants && !this.#isOn) this.#processing.expect("camera", lateBlur());
      if (wants && outcome.hangs) await this.#processing.use("camera", lateBlur(), camera);
      if (wants) await this.#processing.apply("camera", camera);
      else await this.#processing.use("camera", null, camera);
    } catch {
      // told by background.js
    }
    this.#changed();
  }

  close() {
    this.#stop();
    this.#turn.then(() => this.#processing.close());
  }
}

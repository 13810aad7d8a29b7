/**
 * The blurred background as a processor of the SDK, loaded when there is a track to work on: no picture passes before that, or
 * where it cannot be loaded.
 */

/** @typedef {import("/sdk/processing.js").ProcessorOptions} ProcessorOptions */

export function lateBlur() {
  /** @type {import("../blur/processor.js").BlurProcessor | null} */
  let blur = null;
  return {
    name: "background-blur",
    get processedTrack() {
      return blur?.processedTrack;
    },
    /** @param {ProcessorOptions} options */
    async init(options) {
      blur ??= (await import("./background.js")).blurProcessor();
      await blur.init(options);
    },
    /** @param {ProcessorOptions} options */
    restart: async (options) => blur?.restart(options),
    destroy: async () => blur?.destroy(),
    /** How busy the machine is otherwise. @param {number} step */
    setLoad: (step) => blur?.setLoad(step),
  };
}

/**
 * What is sent in place of a device's own track: the work of a processor that the application has given for its source.
 *
 * As long as a processor has nothing for the present track, nothing is sent: what was to be hidden is never shown.
 */

import { TrebleError } from "./errors.js";

/**
 * @typedef {import("./types.js").Source} Source
 *
 * @typedef {{kind: string, track: MediaStreamTrack}} ProcessorOptions
 *
 * @typedef {object} TrackProcessor
 * @property {string} name
 * @property {MediaStreamTrack} [processedTrack]  there once `init` or `restart` has resolved, until `destroy`
 * @property {(options: ProcessorOptions) => Promise<void>} init  rejects where it cannot work
 * @property {(options: ProcessorOptions) => Promise<void>} restart  with another track
 * @property {() => Promise<void>} destroy  frees everything; `init` may follow
 */

export class Processing {
  /** @type {Map<Source, TrackProcessor>} */
  #processors = new Map();
  /** The track that came out, by the one that went in. @type {WeakMap<MediaStreamTrack, MediaStreamTrack>} */
  #outputs = new WeakMap();

  /** @param {Source} source */
  of(source) {
    return this.#processors.get(source) ?? null;
  }

  /** From the next track on. @param {Source} source @param {TrackProcessor} processor */
  expect(source, processor) {
    this.#processors.set(source, processor);
  }

  /**
   * Another processor, or none. One that fails changes nothing (`processor.failed`).
   *
   * @param {Source} source
   * @param {TrackProcessor | null} processor
   * @param {MediaStreamTrack | null} track  open now
   */
  async use(source, processor, track) {
    const before = this.of(source);
    if (processor === before) return;
    const output = processor && track && (await run(processor, track));
    if (track && output) this.#outputs.set(track, output);
    if (processor) this.#processors.set(source, processor);
    else this.#processors.delete(source);
    await before?.destroy();
  }

  /** What may be sent of it now; null: not yet. @param {Source} source @param {MediaStreamTrack | null} track */
  output(source, track) {
    if (!track || !this.#processors.has(source)) return track;
    return this.#outputs.get(track) ?? null;
  }

  /**
   * Begin with another track, or free what was used for the last one.
   *
   * @param {Source} source
   * @param {MediaStreamTrack | null} track
   */
  async apply(source, track) {
    const processor = this.of(source);
    if (!processor || this.output(source, track)) return;
    if (track) this.#outputs.set(track, await run(processor, track));
    else await processor.destroy();
  }

  close() {
    for (const processor of this.#processors.values()) processor.destroy();
    this.#processors.clear();
  }
}

/** @param {TrackProcessor} processor @param {MediaStreamTrack} track */
async function run(processor, track) {
  const options = { kind: track.kind, track };
  try {
    await (processor.processedTrack ? processor.restart(options) : processor.init(options));
  } catch (error) {
    await processor.destroy();
    throw new TrebleError("processor.failed", { detail: String(error) });
  }
  if (!processor.processedTrack) throw new TrebleError("processor.failed", { detail: processor.name });
  return processor.processedTrack;
}

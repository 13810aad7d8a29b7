/**
 * Blurs pictures of a camera, in a thread of its own. A classic script, since that is what the segmenter's loader is.
 *
 * In: `start` (addresses), then `pipe` (streams of VideoFrames) or `frame` (a bitmap, answered by `picture`); `load`; `close` ends
 * what `pipe` began; `ask`, answered by `works` unless a picture has been under way for long. Out: `ready`, `failed` (at the
 * start or later), `picture`, and `pace` (rate, milliseconds a picture) with the first picture, then about once a second.
 */

/** @typedef {{loader: string, wasm: string, model: string, mask: string, pace: string}} Addresses */

const worker = /** @type {any} */ (self);
const RADIUS = 6; // of the small picture: 30 pixels of one in 1280
const TELL_MS = 1000;
const STUCK_MS = 2000;

/** @type {Blur} */
let blur;
/** @type {any} */
let pace;
/** @type {any} */
let gate;
/** @type {ReadableStreamDefaultReader<any> | null} */
let reading = null;
let told = -Infinity;
/** Since when a picture has been under way; Infinity: none is. */
let since = Infinity;

worker.onmessage = (/** @type {MessageEvent} */ { data }) => {
  if (data.type === "start") start(data.addresses);
  else if (data.type === "pipe") pipe(data.readable, data.writable);
  else if (data.type === "frame") answer(data.bitmap);
  else if (data.type === "load") pace?.setLoad(data.step);
  else if (data.type === "ask" && performance.now() - since < STUCK_MS) worker.postMessage({ type: "works" });
  else if (data.type === "close") reading?.cancel().catch(() => {});
};

/** @param {Addresses} addresses */
async function start(addresses) {
  try {
    worker.importScripts(addresses.loader);
    const [tflite, model, mask, paces] = await Promise.all([
      worker.createTwilioTFLiteSIMDModule({ locateFile: () => addresses.wasm }),
      fetch(addresses.model).then((response) => (response.ok ? response.arrayBuffer() : Promise.reject(response.status))),
      import(addresses.mask),
      import(addresses.pace),
    ]);
    tflite.HEAPU8.set(new Uint8Array(model), tflite._getModelBufferMemoryOffset());
    if (tflite._loadModel(model.byteLength)) throw new Error("the model cannot be read");
    blur = new Blur(tflite, mask);
    pace = new paces.Pace();
    gate = new paces.Gate();
    worker.postMessage({ type: "ready", rate: pace.rate });
  } catch (error) {
    worker.postMessage({ type: "failed", detail: String(error) });
  }
}

/** @param {ReadableStream<any>} readable @param {WritableStream<any>} writable  of VideoFrames */
async function pipe(readable, writable) {
  const reader = (reading = readable.getReader());
  const writer = writable.getWriter();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      const frame = next.value;
      if (!gate.take(frame.timestamp / 1000, pace.rate)) {
        frame.close();
        continue;
      }
      since = performance.now();
      const { timestamp, displayWidth, displayHeight } = frame;
      const canvas = timed(() => blur.draw(frame, displayWidth, displayHeight));
      frame.close();
      if (!canvas) break;
      await writer.write(new worker.VideoFrame(canvas, { timestamp, alpha: "discard" }));
      since = Infinity;
    }
  } catch {
    // the track has ended meanwhile
  }
  since = Infinity;
  writer.close().catch(() => {});
}

/** @param {ImageBitmap} bitmap */
function answer(bitmap) {
  const canvas = timed(() => blur.draw(bitmap, bitmap.width, bitmap.height));
  bitmap.close();
  if (!canvas) return;
  const picture = canvas.transferToImageBitmap();
  worker.postMessage({ type: "picture", picture, rate: pace.rate }, [picture]);
}

/** Null where it cannot be drawn any more, which is told. @param {() => OffscreenCanvas} draw */
function timed(draw) {
  const begun = performance.now();
  let canvas;
  try {
    canvas = draw();
  } catch (error) {
    worker.postMessage({ type: "failed", detail: String(error) });
    return null;
  }
  const now = performance.now();
  pace.take(now - begun, now);
  if (now - told > TELL_MS) {
    told = now;
    worker.postMessage({ type: "pace", rate: pace.rate, mean: pace.mean });
  }
  return canvas;
}

class Blur {
  #tflite;
  #mask;
  #width;
  #height;
  #small;
  #person;
  #output = new OffscreenCanvas(1, 1);
  /** @type {Float32Array} */
  #kept;
  #room;

  /** @param {any} tflite  with its model @param {any} mask  the module */
  constructor(tflite, mask) {
    this.#tflite = tflite;
    this.#mask = mask;
    this.#width = tflite._getInputWidth();
    this.#height = tflite._getInputHeight();
    this.#small = context(new OffscreenCanvas(this.#width, this.#height), true);
    this.#person = context(new OffscreenCanvas(this.#width, this.#height), true);
    this.#kept = new Float32Array(this.#width * this.#height);
    this.#room = new Float32Array(8 * this.#width * this.#height);
  }

  /**
   * The person over the blurred background.
   *
   * @param {any} picture
   * @param {number} width
   * @param {number} height
   */
  draw(picture, width, height) {
    const output = this.#output;
    if (output.width !== width || output.height !== height) Object.assign(output, { width, height });
    const draw = context(output, false);
    draw.globalCompositeOperation = "copy";
    draw.drawImage(picture, 0, 0, width, height); // once: unpacking a frame is what takes long without a GPU
    this.#small.drawImage(output, 0, 0, this.#width, this.#height);
    const pixels = this.#small.getImageData(0, 0, this.#width, this.#height);
    this.#mask.follow(this.#kept, this.#segment(pixels.data));
    this.#cutOut();
    this.#mask.blurBackground(pixels.data, this.#kept, this.#width, RADIUS, this.#room);
    this.#small.putImageData(pixels, 0, 0);
    draw.globalCompositeOperation = "destination-in"; // enlarging the small mask feathers its edge
    draw.drawImage(this.#person.canvas, 0, 0, width, height);
    draw.globalCompositeOperation = "destination-over";
    draw.drawImage(this.#small.canvas, 0, 0, width, height);
    return output;
  }

  /** How far each pixel is a person. @param {Uint8ClampedArray} pixels  RGBA */
  #segment(pixels) {
    const tflite = this.#tflite;
    const count = this.#kept.length;
    const input = tflite.HEAPF32.subarray(tflite._getInputMemoryOffset() / 4);
    for (let from = 0, to = 0; to < 3 * count; from += 4, to += 3) {
      input[to] = pixels[from] / 255;
      input[to + 1] = pixels[from + 1] / 255;
      input[to + 2] = pixels[from + 2] / 255;
    }
    tflite._runInference();
    const start = tflite._getOutputMemoryOffset() / 4;
    return tflite.HEAPF32.subarray(start, start + count);
  }

  /** The mask as a picture's transparency. */
  #cutOut() {
    const shape = new ImageData(this.#width, this.#height);
    for (let i = 0; i < this.#kept.length; i += 1) shape.data[4 * i + 3] = 255 * this.#kept[i];
    this.#person.putImageData(shape, 0, 0);
  }
}

/** @param {OffscreenCanvas} canvas @param {boolean} read  whether its pixels are read often */
function context(canvas, read) {
  const made = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: read }));
  made.imageSmoothingEnabled = true;
  return made;
}

/** Pictures to the worker and back as bitmaps, where the browser has no streams of frames (Firefox, Safari). */

import { RATES } from "./pace.js";

/** @param {Worker} worker @param {MediaStreamTrack} track @returns {import("./processor.js").Passing} */
export function passBitmaps(worker, track) {
  const video = document.createElement("video");
  Object.assign(video, { muted: true, playsInline: true, srcObject: new MediaStream([track]) });
  video.play().catch(() => {}); // a track that has ended
  const { width = 640, height = 360 } = track.getSettings();
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = /** @type {ImageBitmapRenderingContext} */ (canvas.getContext("bitmaprenderer"));
  const [made] = canvas.captureStream(RATES[0]).getVideoTracks();
  let rate = RATES[0];
  let waiting = false;
  /** @type {ReturnType<typeof setTimeout>} */
  let timer;

  async function give() {
    timer = setTimeout(give, 1000 / rate);
    if (waiting || !video.videoWidth) return;
    waiting = true;
    try {
      const bitmap = await createImageBitmap(video);
      worker.postMessage({ type: "frame", bitmap }, [bitmap]);
    } catch {
      waiting = false; // between two sizes
    }
  }

  /** @param {MessageEvent} event */
  function take({ data }) {
    if (data.type !== "picture") return;
    waiting = false;
    rate = data.rate;
    if (canvas.width !== data.picture.width || canvas.height !== data.picture.height) {
      Object.assign(canvas, { width: data.picture.width, height: data.picture.height });
    }
    context.transferFromImageBitmap(data.picture);
  }

  worker.addEventListener("message", take);
  give();
  const stop = () => {
    clearTimeout(timer);
    worker.removeEventListener("message", take);
    video.srcObject = null;
    made.stop();
  };
  return { track: made, stop };
}

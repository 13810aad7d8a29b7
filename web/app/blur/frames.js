/** Pictures to the worker and back as streams of frames, where the browser has them (Chromium): the page's thread sees none. */

/** Not in the types of the DOM yet. @type {any} */
const { MediaStreamTrackProcessor, MediaStreamTrackGenerator } = globalThis;

export function canPassFrames() {
  return Boolean(MediaStreamTrackProcessor && MediaStreamTrackGenerator);
}

/** @param {Worker} worker @param {MediaStreamTrack} track @returns {import("./processor.js").Passing} */
export function passFrames(worker, track) {
  const { readable } = new MediaStreamTrackProcessor({ track, maxBufferSize: 1 });
  /** @type {MediaStreamTrack & {writable: WritableStream}} */
  const made = new MediaStreamTrackGenerator({ kind: "video" });
  const { writable } = made;
  worker.postMessage({ type: "pipe", readable, writable }, [readable, writable]);
  const stop = () => {
    worker.postMessage({ type: "close" });
    made.stop();
  };
  return { track: made, stop };
}

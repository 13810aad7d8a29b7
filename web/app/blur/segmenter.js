/** Where what finds the person in a picture lies, and whether this server and this browser have what it takes. */

const FILES = {
  loader: "/vendor/segmenter/tflite-simd-1-0-0.js",
  wasm: "/vendor/segmenter/tflite-simd-1-0-0.wasm",
  model: "/vendor/segmenter/selfie_segmentation_landscape.tflite",
};

/** With the worker's own modules. */
export function segmenter() {
  const { loader, wasm, model } = FILES;
  return {
    loader: import.meta.resolve(loader),
    wasm: import.meta.resolve(wasm),
    model: import.meta.resolve(model),
    mask: import.meta.resolve("/app/blur/mask.js"),
    pace: import.meta.resolve("/app/blur/pace.js"),
  };
}

/** What is in the way of blurring here; empty: nothing. @returns {"" | "browser" | "server"} */
export function obstacle() {
  if (!("OffscreenCanvas" in globalThis && "captureStream" in HTMLCanvasElement.prototype)) return "browser";
  return new URL(segmenter().model).pathname === FILES.model ? "server" : ""; // the import map names only folders that the server has
}

/** A square of a picture: dragged with the pointer, moved with the arrow keys, sized with the slider. */

import { TrebleError } from "/sdk/errors.js";
import { MIDDLE, MOST_ZOOM, inside, moved, squareOf } from "../lib/crop.js";
import { h } from "../lib/dom.js";
import { t } from "../lib/strings.js";
import { button } from "./controls.js";
import { openDialog } from "./dialog.js";

const SIDE = 512; // pixels that are sent
const SHOWN = 320; // CSS pixels, at most
const STEP = 0.02; // of the square, for one press of an arrow key
const MOST_BYTES = 20 * 1024 * 1024;
const ARROWS = /** @type {{[key: string]: [number, number]}} */ ({
  ArrowLeft: [STEP, 0],
  ArrowRight: [-STEP, 0],
  ArrowUp: [0, STEP],
  ArrowDown: [0, -STEP],
});

/**
 * The chosen square as a JPEG, or null where the user thinks better of it.
 *
 * @param {Blob} file
 * @returns {Promise<Blob | null>}
 */
export async function openCropDialog(file) {
  if (file.size > MOST_BYTES) throw new TrebleError("bad.picture");
  const picture = await createImageBitmap(file).catch(() => {
    throw new TrebleError("bad.picture");
  });
  try {
    return await ask(picture);
  } finally {
    picture.close();
  }
}

/** @param {ImageBitmap} picture @returns {Promise<Blob | null>} */
function ask(picture) {
  let crop = MIDDLE;
  const canvas = h("canvas", { class: "crop", id: "crop", tabindex: 0, role: "img", "aria-label": t("crop.label"), width: SIDE, height: SIDE });
  const zoom = h("input", { id: "crop-zoom", type: "range", min: 1, max: MOST_ZOOM, step: 0.01, value: 1 });

  function draw() {
    const { left, top, side } = squareOf(crop, picture);
    const brush = canvas.getContext("2d");
    if (!brush) return;
    brush.fillStyle = "#ffffff"; // what is transparent
    brush.fillRect(0, 0, SIDE, SIDE);
    brush.imageSmoothingQuality = "high";
    brush.drawImage(picture, left, top, side, side, 0, 0, SIDE, SIDE);
  }

  /** @param {number} right @param {number} down */
  function pull(right, down) {
    crop = moved(crop, picture, right, down);
    draw();
  }

  zoom.addEventListener("input", () => {
    crop = inside({ ...crop, zoom: Number(zoom.value) }, picture);
    draw();
  });
  canvas.addEventListener("pointerdown", (event) => canvas.setPointerCapture(event.pointerId));
  canvas.addEventListener("pointermove", (event) => {
    if (!canvas.hasPointerCapture(event.pointerId)) return;
    const shown = canvas.clientWidth || SHOWN;
    pull(event.movementX / shown, event.movementY / shown);
  });
  canvas.addEventListener("keydown", (event) => {
    const step = ARROWS[event.key];
    if (!step) return;
    event.preventDefault();
    pull(...step);
  });
  draw();
  return new Promise((resolve) => {
    let kept = false;
    const dialog = openDialog(document.body, { class: "stacked", title: t("crop.title") }, (close) => {
      const keep = () => {
        kept = true;
        close();
      };
      return [
        canvas,
        h("div", { class: "field" }, h("label", { for: "crop-zoom" }, t("crop.zoom")), zoom),
        h("p", { class: "hint" }, t("crop.hint")),
        h(
          "div",
          { class: "row end" },
          button(t("cancel"), { id: "crop-cancel", class: "button quiet", onclick: close }),
          button(t("crop.keep"), { id: "crop-keep", class: "button primary", onclick: keep }),
        ),
      ];
    });
    canvas.focus();
    dialog.addEventListener("close", () => {
      if (kept) canvas.toBlob(resolve, "image/jpeg", 0.9);
      else resolve(null);
    });
  });
}

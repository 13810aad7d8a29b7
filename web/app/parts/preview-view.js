/** The mirrored preview with its microphone and camera buttons, level meter and what is wrong with either. */

import { h, setIcon, setLabel } from "../lib/dom.js";
import { explain, t } from "../lib/strings.js";
import { button, iconButton } from "./controls.js";
import { levelBars } from "./level-bars.js";

/** @param {import("../lib/preview.js").Preview} preview */
export function previewView(preview) {
  const video = h("video", { class: "mirrored", muted: true, playsInline: true, autoplay: true });
  video.setAttribute("aria-label", t("prejoin.preview"));
  const cover = h("p", { class: "preview-cover" });
  const level = levelBars("level");
  const mic = iconButton({ id: "preview-mic", icon: "mic", label: "", onclick: () => toggle("mic") });
  const cam = iconButton({ id: "preview-cam", icon: "camera", label: "", onclick: () => toggle("cam") });
  const notes = h("div", { class: "preview-notes", role: "status" });
  const frame = h(
    "div",
    { class: "preview-frame" },
    video,
    cover,
    level.element,
    h("div", { class: "preview-buttons" }, mic, cam),
  );

  /** @param {"mic" | "cam"} kind */
  function toggle(kind) {
    preview.set(kind, !preview.wishes[kind]);
  }

  function render() {
    const { mic: micTrack, cam: camTrack } = preview.tracks;
    const current = video.srcObject instanceof MediaStream ? video.srcObject.getTracks()[0] : null;
    const { picture } = preview;
    if (current !== picture) video.srcObject = picture ? new MediaStream([picture]) : null;
    cover.hidden = Boolean(picture);
    cover.classList.toggle("waits", Boolean(preview.wishes.cam));
    cover.textContent = t(camTrack ? "background.wait" : preview.wishes.cam ? "prejoin.camera.wait" : "prejoin.camera.off");
    show(mic, micTrack, preview.wishes.mic, "mic", "bar.mic");
    show(cam, camTrack, preview.wishes.cam, "camera", "bar.cam");
    level.element.hidden = !micTrack;
    level.follow(micTrack);
    notes.replaceChildren(...noteRows(preview));
  }

  const close = () => {
    level.close();
    video.srcObject = null;
  };
  return { element: h("div", { class: "preview" }, frame, notes), render, close, toggle };
}

/** A click while it is being opened means off. @param {HTMLElement} control @param {object | null} on @param {object | null} wish @param {string} name @param {string} key */
function show(control, on, wish, name, key) {
  setIcon(control, on ? name : `${name}-off`);
  setLabel(control, t(wish ? `${key}.on` : `${key}.off`), name === "mic" ? "M" : "V");
  control.classList.toggle("is-off", !on);
}

/** What is wrong; the same trouble with both devices is said once. @param {import("../lib/preview.js").Preview} preview */
function noteRows(preview) {
  const { mic, cam } = preview.errors;
  const lost = [preview.lost.mic, preview.lost.cam].flatMap((one) => (one ? [lostNote(one)] : []));
  const trouble = (/** @type {string | undefined} */ code) => code?.replace(/\.(mic|cam)$/, "");
  if (mic && cam && trouble(mic.code) === trouble(cam.code)) {
    const code = mic.code === cam.code ? mic.code : `${trouble(mic.code)}.both`;
    return [note(code, async () => (await preview.set("mic", true), await preview.set("cam", true)))];
  }
  return [
    ...lost,
    ...(mic ? [note(mic.code, () => preview.set("mic", true))] : []),
    ...(cam ? [note(cam.code, () => preview.set("cam", true), cam.code.startsWith("background") && unblurButton(preview))] : []),
  ];
}

/** @param {{device: string, other: string}} lost */
function lostNote(lost) {
  return h("div", { class: "note", dataset: { code: "dev.lost" } }, h("p", {}, t("dev.lost", lost)));
}

/** @param {string} code @param {() => Promise<void>} retry @param {HTMLElement | false} [other]  way on */
function note(code, retry, other) {
  const again = button(t("try.again"), { class: "button quiet", onclick: retry });
  return h("div", { class: "note", dataset: { code } }, h("p", {}, explain({ code })), code !== "insecure" && again, other);
}

/** @param {import("../lib/preview.js").Preview} preview */
function unblurButton(preview) {
  return button(t("background.unblur"), { id: "unblur", class: "button quiet", onclick: () => preview.unblur() });
}

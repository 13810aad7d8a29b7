/** At the door: one's picture goes on, and somebody is asked to let one in. Nothing of the meeting is shown. */

import { h, setIcon, setLabel } from "../lib/dom.js";
import { shortcuts } from "../lib/keys.js";
import { explain, t } from "../lib/strings.js";
import { brand } from "../parts/brand.js";
import { button, iconButton } from "../parts/controls.js";
import { countdown } from "../parts/countdown.js";
import { withPart } from "../parts/lazy.js";

/** @typedef {import("/sdk/room.js").Room} Room */

const COUNTED_SECONDS = 2; // shorter waits are not counted down

/**
 * @param {Room} room  in the state `waiting`
 * @param {"host" | "knock"} first  for whom one waits
 */
export function waitingScreen(room, first) {
  const own = room.localParticipant;
  const video = h("video", { class: "mirrored", muted: true, playsInline: true, autoplay: true });
  video.setAttribute("aria-label", t("prejoin.preview"));
  const cover = h("p", { class: "preview-cover" });
  const lost = h("p", { class: "hint", id: "waiting-lost", role: "status" });
  const mic = iconButton({ id: "waiting-mic", icon: "mic", label: "", onclick: toggleMic });
  const cam = iconButton({ id: "waiting-cam", icon: "camera", label: "", onclick: toggleCam });
  const text = h("h1", { id: "waiting-text", "aria-live": "polite" });
  const again = button(t("wait.again"), { id: "knock-again", class: "button primary large", hidden: true, onclick: knock });
  const now = button(t("gone.now"), { id: "retry-now", class: "button primary large", hidden: true, onclick: tryNow });
  const leave = button(t("bar.leave"), { id: "waiting-leave", class: "button large", onclick: () => room.disconnect() });
  const element = h(
    "main",
    { class: "waiting", "aria-label": t("wait.title") },
    brand(),
    h("div", { class: "preview-frame" }, video, cover, h("div", { class: "preview-buttons" }, mic, cam)),
    h("div", { class: "waiting-words" }, text, lost, h("div", { class: "row" }, again, now, leave)),
  );
  let stopCounting = () => {};

  function render() {
    const track = own.isCameraEnabled ? own.outgoing("camera") : null;
    const shown = video.srcObject instanceof MediaStream ? video.srcObject.getTracks()[0] : null;
    if (shown !== track) video.srcObject = track ? new MediaStream([track]) : null;
    cover.hidden = Boolean(track);
    cover.textContent = t(own.isCameraEnabled ? "background.wait" : "prejoin.camera.off");
    show(mic, own.isMicrophoneEnabled, "mic");
    show(cam, own.isCameraEnabled, "camera");
  }

  /** @param {string} words @param {string} state */
  function say(words, state) {
    stopCounting();
    text.textContent = words;
    element.dataset.state = state;
    again.hidden = now.hidden = true;
  }

  /** The server cannot be reached. @param {number} seconds  until the next try */
  function retrying(seconds) {
    say(t(navigator.onLine ? "wait.reconnecting" : "offline"), "reconnecting");
    if (seconds < COUNTED_SECONDS || !navigator.onLine) return;
    now.hidden = false;
    stopCounting = countdown(seconds, (left) => (text.textContent = left ? t("gone", { s: left }) : t("gone.trying")), text);
  }

  /** At its button, with a way to try again. @param {import("/sdk/index.js").TrebleError} error @param {import("/sdk/types.js").Source} source */
  function tellOfDevice(error, source) {
    render();
    const [control, choose] = source === "microphone" ? [mic, toggleMic] : [cam, toggleCam];
    const code = error.code === "processor.failed" ? "background.failed" : error.code;
    const ways = [{ text: t("try.again"), id: "device-again", choose }];
    withPart(element, () => import("../parts/hint.js"), ({ openHint }) => openHint(control, explain({ code }), ways), "in-call");
  }

  /** @param {import("/sdk/local.js").DeviceLost} lost */
  function tellOfLoss({ device, other }) {
    lost.textContent = other ? t("dev.lost", { device, other }) : t("dev.lost.none", { device });
  }

  function toggleMic() {
    lost.textContent = "";
    own.setMicrophoneEnabled(!own.isMicrophoneEnabled);
  }

  function toggleCam() {
    lost.textContent = "";
    own.setCameraEnabled(!own.isCameraEnabled);
  }

  function tryNow() {
    leave.focus();
    room.retryNow();
  }

  async function knock() {
    leave.focus();
    again.disabled = true;
    try {
      await room.knock();
    } catch (error) {
      const failure = /** @type {import("/sdk/index.js").TrebleError} */ (error);
      say(explain(failure), "refused");
      offerAgain(failure.retryAfter ?? 0);
    }
  }

  /** @param {number} seconds  until one may */
  function offerAgain(seconds) {
    again.hidden = false;
    stopCounting = countdown(seconds, (left) => {
      again.disabled = left > 0;
      again.textContent = left > 0 ? t("wait.again.in", { s: left }) : t("wait.again");
    });
  }

  const stops = [
    room.on("localChanged", render),
    room.on("mediaDevicesError", tellOfDevice),
    room.on("deviceLost", tellOfLoss),
    room.on("waiting", (reason) => say(t(`wait.${reason}`), reason)),
    room.on("retrying", retrying),
    room.on("refused", (seconds) => {
      say(t("wait.refused"), "refused");
      if (seconds !== null) offerAgain(seconds);
    }),
    room.on("knockExpired", () => {
      say(t("wait.expired"), "expired");
      offerAgain(0);
    }),
    shortcuts({ m: toggleMic, v: toggleCam }),
  ];
  say(t(`wait.${first}`), first);
  render();
  return {
    element,
    focus: () => leave.focus(),
    close() {
      stopCounting();
      for (const stop of stops) stop();
      document.querySelector(".hint-card")?.remove();
      video.srcObject = null;
    },
  };
}

/** @param {HTMLElement} control @param {boolean} on @param {"mic" | "camera"} name */
function show(control, on, name) {
  const key = name === "mic" ? "bar.mic" : "bar.cam";
  setIcon(control, on ? name : `${name}-off`);
  setLabel(control, t(on ? `${key}.on` : `${key}.off`), name === "mic" ? "M" : "V");
  control.classList.toggle("is-off", !on);
}

/** The tracks of the pre-join: opened, switched and closed here. */

import { getLocalDevices, openBoth, openCamera, openMicrophone } from "/sdk/devices.js";
import { TrebleError } from "/sdk/errors.js";
import { chosenCapture } from "./capture.js";
import { onRemember, prefs, remember, useNow } from "./prefs.js";

/** @typedef {"mic" | "cam"} Kind */

export class Preview {
  /** @type {{mic: MediaStreamTrack | null, cam: MediaStreamTrack | null}} */
  tracks = { mic: null, cam: null };
  /** @type {{mic: TrebleError | null, cam: TrebleError | null}} */
  errors = { mic: null, cam: null };
  /** What was unplugged, and what is used instead. @type {{mic: {device: string, other: string} | null, cam: {device: string, other: string} | null}} */
  lost = { mic: null, cam: null };
  opening = false;
  #changed;
  #closed = false;
  /** Loaded when it is first wanted. @type {import("./preview-background.js").PreviewBackground | null} */
  #background = null;
  #stopListening;

  /** @param {() => void} changed */
  constructor(changed) {
    this.#changed = changed;
    this.#stopListening = onRemember(({ background }) => background && this.#useBackground());
    this.#useBackground();
  }

  /** What is shown of the camera; null also while its background is not blurred yet. */
  get picture() {
    return this.#background ? this.#background.picture : prefs.background === "none" ? this.tracks.cam : null;
  }

  /** Follow the choice, with what is loaded for that. */
  async #useBackground() {
    if (!this.#background && prefs.background !== "none") {
      const failed = (/** @type {string} */ code) => this.#withhold(code);
      const loaded = await import("./preview-background.js").catch(() => failed("background.failed"));
      if (this.#closed || !loaded) return;
      this.#background ??= new loaded.PreviewBackground(() => this.tracks.cam, { changed: this.#changed, failed });
    }
    this.#background?.follow();
  }

  /** A camera that has to be blurred and cannot is closed. @param {string} code */
  #withhold(code) {
    if (prefs.background === "none") return;
    this.#stop("cam");
    this.errors.cam = new TrebleError(code);
    this.#changed();
  }

  /** Show the background as it is, for this visit. */
  unblur() {
    useNow({ background: "none" });
    return this.set("cam", true);
  }

  /** Open what this browser had on the last time; one question to the user where both are wanted. */
  async open() {
    this.opening = true;
    this.#changed();
    const both = prefs.micOn && prefs.camOn && (await openBoth(prefs, chosenCapture()));
    if (both) {
      this.#keep("mic", both.microphone);
      this.#keep("cam", both.camera);
    } else {
      if (prefs.micOn) await this.#openOne("mic");
      if (prefs.camOn) await this.#openOne("cam");
    }
    this.opening = false;
    this.#changed();
  }

  /** Switch on or off; what is off is closed. @param {Kind} kind @param {boolean} on */
  async set(kind, on) {
    remember(kind === "mic" ? { micOn: on } : { camOn: on });
    this.#stop(kind);
    this.errors[kind] = this.lost[kind] = null;
    if (on) await this.#openOne(kind);
    this.#changed();
  }

  /** @param {Kind} kind @param {string} device */
  async use(kind, device) {
    remember(kind === "mic" ? { mic: device } : { cam: device });
    if (this.tracks[kind]) await this.set(kind, true);
  }

  /** Devices were plugged in or out: what could not be opened may be there now. */
  async lookAgain() {
    for (const kind of /** @type {Kind[]} */ (["mic", "cam"])) {
      if (!this.errors[kind]?.code.startsWith("dev.")) continue;
      const devices = await getLocalDevices(kind === "mic" ? "audioinput" : "videoinput");
      if (devices.length) await this.set(kind, true);
    }
    this.#changed();
  }

  close() {
    this.#closed = true;
    this.#stopListening();
    this.#stop("mic");
    this.#stop("cam");
    this.#background?.close();
  }

  /** @param {Kind} kind */
  async #openOne(kind) {
    try {
      const track = await (kind === "mic" ? openMicrophone(prefs.mic) : openCamera(prefs.cam, chosenCapture()));
      this.#keep(kind, track);
    } catch (error) {
      this.errors[kind] = error instanceof TrebleError ? error : new TrebleError(`dev.busy.${kind}`);
    }
  }

  /** @param {Kind} kind @param {MediaStreamTrack} track */
  #keep(kind, track) {
    if (this.#closed) return track.stop();
    this.tracks[kind] = track;
    this.errors[kind] = null;
    if (kind === "cam") this.#useBackground();
    track.addEventListener("ended", () => this.tracks[kind] === track && this.#lose(kind, track.label));
  }

  /** Unplugged: go on with another one. @param {Kind} kind @param {string} device */
  async #lose(kind, device) {
    this.tracks[kind] = null;
    await this.#openOne(kind);
    const other = /** @type {MediaStreamTrack | null} */ (this.tracks[kind]);
    this.lost[kind] = other && { device, other: other.label };
    this.#changed();
  }

  /** @param {Kind} kind */
  #stop(kind) {
    this.tracks[kind]?.stop();
    this.tracks[kind] = null;
    if (kind === "cam") this.#background?.follow();
  }
}

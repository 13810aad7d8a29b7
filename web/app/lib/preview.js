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
  /** What is to be open, an object for each time that it is wanted; null: off, or it could not be opened. @type {{mic: object | null, cam: object | null}} */
  wishes = { mic: null, cam: null };
  /** Each kind's tries to open it, one after the other. */
  #turns = { mic: Promise.resolve(), cam: Promise.resolve() };
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
    const both = prefs.micOn && prefs.camOn ? openBoth(prefs, chosenCapture()) : null;
    const mic = prefs.micOn && this.#open("mic", both);
    if (prefs.camOn) this.#open("cam", Promise.resolve(mic).then(() => both));
    await this.settled;
  }

  /** Nothing is being opened any more. */
  get settled() {
    return Promise.all([this.#turns.mic, this.#turns.cam]);
  }

  /** Switch on or off; what is off is closed. @param {Kind} kind @param {boolean} on */
  async set(kind, on) {
    remember(kind === "mic" ? { micOn: on } : { camOn: on });
    this.#stop(kind);
    this.errors[kind] = this.lost[kind] = null;
    if (on) await this.#open(kind);
    else this.#changed();
  }

  /** @param {Kind} kind @param {string} device */
  async use(kind, device) {
    remember(kind === "mic" ? { mic: device } : { cam: device });
    if (this.wishes[kind]) await this.set(kind, true);
  }

  /** Devices were plugged in or out: what could not be opened may be there now. */
  async lookAgain() {
    for (const kind of /** @type {Kind[]} */ (["mic", "cam"])) {
      if (!this.errors[kind]?.code.startsWith("dev.")) continue;
      const devices = await getLocalDevices(kind === "mic" ? "audioinput" : "videoinput");
      if (devices.length && this.errors[kind]) await this.set(kind, true);
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

  /** Whoever changes the wish meanwhile has the say: what comes too late is closed. @param {Kind} kind @param {ReturnType<typeof openBoth> | null} [both] */
  async #open(kind, both) {
    if (this.#closed) return;
    const wish = (this.wishes[kind] = {});
    const isOver = () => this.wishes[kind] !== wish;
    this.#changed();
    await (this.#turns[kind] = this.#turns[kind].then(async () => {
      try {
        const given = (await both)?.[kind === "mic" ? "microphone" : "camera"];
        if (!given && isOver()) return;
        const track = given ?? (await (kind === "mic" ? openMicrophone(prefs.mic) : openCamera(prefs.cam, chosenCapture())));
        if (isOver()) return track.stop();
        this.tracks[kind] = track;
        if (kind === "cam") this.#useBackground();
        track.addEventListener("ended", () => this.tracks[kind] === track && this.#lose(kind, track.label));
      } catch (error) {
        if (isOver()) return;
        this.#stop(kind);
        this.errors[kind] = error instanceof TrebleError ? error : new TrebleError(`dev.busy.${kind}`);
      }
    }));
    this.#changed();
  }

  /** Unplugged: go on with another one. @param {Kind} kind @param {string} device */
  async #lose(kind, device) {
    this.tracks[kind] = null;
    await this.#open(kind);
    const other = /** @type {MediaStreamTrack | null} */ (this.tracks[kind]);
    this.lost[kind] = other && { device, other: other.label };
    this.#changed();
  }

  /** @param {Kind} kind */
  #stop(kind) {
    this.tracks[kind]?.stop();
    this.tracks[kind] = this.wishes[kind] = null;
    if (kind === "cam") this.#background?.follow();
  }
}

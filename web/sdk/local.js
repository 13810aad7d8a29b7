/**
 * One's own Tracks: what is open, what is muted, and keeping the connection and the server told.
 *
 * A muted microphone stays open (`track.enabled` false) so that it comes back at once; a camera that is off is
 * closed, so that its light goes out. On the way in the track is sent before the server opens its gate, on the way
 * out it is silenced first. Changes of one source are done one after the other.
 */

import { openCamera, openMicrophone, openScreen } from "./devices.js";
import { TrebleError } from "./errors.js";
import { publishOwn } from "./local-publications.js";
import { Participant } from "./participant.js";
import { Processing } from "./processing.js";
import { KINDS } from "./track.js";

/**
 * @typedef {import("./types.js").Source} Source
 * @typedef {import("./types.js").Capture} Capture
 * @typedef {{source: Source, device: string, other: string | null}} DeviceLost
 *
 * @typedef {object} Hooks
 * @property {(source: Source, muted: boolean) => void} mute  tells the server
 * @property {() => void} changed
 * @property {import("./remote.js").Emit} emit  what is published
 * @property {(name: string) => Promise<boolean>} rename
 * @property {(error: TrebleError, source: Source) => void} failed
 * @property {(lost: DeviceLost) => void} lost
 */

/** @type {Source[]} */
export const SOURCES = ["microphone", "camera", "screen", "screen-audio"];

/** @extends {Participant<import("./local-publications.js").LocalTrackPublication>} */
export class LocalParticipant extends Participant {
  /** What the permissions leave, perhaps when asked for; null where they are not known. @type {ReadonlySet<Source> | null} */
  sources = null;
  #hooks;
  #capture;
  /** @type {Map<Source, MediaStreamTrack>} */
  #tracks = new Map();
  /** @type {import("./media.js").Media | null} */
  #media = null;
  /** @type {{microphone: string | null, camera: string | null}} */
  #devices = { microphone: null, camera: null };
  /** @type {Map<Source, Promise<void>>} */
  #queues = new Map();
  #processing = new Processing();
  /** Given by the application. @type {WeakSet<MediaStreamTrack>} */
  #foreign = new WeakSet();
  #stopped = false;

  /**
   * @param {Hooks} hooks
   * @param {Capture} capture
   */
  constructor(hooks, capture) {
    super();
    this.#hooks = hooks;
    this.#capture = capture;
  }

  /** Viewers watch, unless a host lets them do more. */
  get mayPublish() {
    return this.sources ? this.sources.size > 0 : this.role !== "viewer";
  }

  /** What is not among them is closed. @param {ReadonlySet<Source> | null} sources */
  async allow(sources) {
    this.sources = sources;
    for (const [source, track] of this.#tracks) {
      if (!sources || sources.has(source)) continue;
      track.stop();
      this.#tracks.delete(source);
      this.#changed();
      await this.#media?.publisher?.setTrack(source, null);
      await this.#processing.apply(source, null);
    }
  }

  /** @param {Source} source */
  #mayPublish(source) {
    return this.sources ? this.sources.has(source) : this.mayPublish;
  }

  /** What is open of this source. @param {Source} source */
  track(source) {
    return this.#tracks.get(source) ?? null;
  }

  /** What is sent of it and may be shown: a processor's work where there is one, null before that begins. @param {Source} source */
  outgoing(source) {
    return this.#processing.output(source, this.track(source));
  }

  /** @override @param {Source} source */
  isEnabled(source) {
    return this.#tracks.get(source)?.enabled ?? false;
  }

  /**
   * Take tracks that are already open (from a preview).
   *
   * @param {{microphone?: MediaStreamTrack | null, camera?: MediaStreamTrack | null,
   *   cameraProcessor?: import("./processing.js").TrackProcessor | null}} tracks
   */
  adopt({ microphone, camera, cameraProcessor }) {
    if (cameraProcessor) this.#processing.expect("camera", cameraProcessor);
    if (microphone) this.#keep("microphone", microphone);
    if (camera) this.#keep("camera", camera);
    if (camera && cameraProcessor) this.#serially("camera", () => this.#send("camera", this.track("camera")));
    this.#changed();
  }

  /**
   * Send through this connection from now on.
   *
   * @param {import("./media.js").Media} media
   */
  async attach(media) {
    this.#media = media;
    for (const source of SOURCES) await media.publisher?.setTrack(source, this.outgoing(source), this.track(source));
  }

  /** Tell the server about every source: a new Session knows none. */
  announce() {
    for (const source of SOURCES) if (this.#mayPublish(source)) this.#hooks.mute(source, !this.isEnabled(source));
  }

  /** @param {boolean} on */
  setMicrophoneEnabled(on) {
    return this.#serially("microphone", async () => {
      if (on && !this.#tracks.has("microphone")) {
        await this.#send("microphone", await openMicrophone(this.#devices.microphone));
      }
      const track = this.track("microphone");
      if (track) track.enabled = on;
      this.#hooks.mute("microphone", !on);
    });
  }

  /** @param {boolean} on */
  setCameraEnabled(on) {
    return this.#serially("camera", async () => {
      if (on === this.isCameraEnabled) return;
      await this.#send("camera", on ? await openCamera(this.#devices.camera, this.#capture) : null);
      this.#hooks.mute("camera", !on);
    });
  }

  /**
   * Resolves to whether a screen is shared; false when the user picked none.
   *
   * @param {boolean} on
   */
  async setScreenShareEnabled(on) {
    await this.#serially("screen", async () => {
      if (on === this.isScreenShareEnabled) return;
      const screen = on ? await openScreen() : null;
      if (on && !screen) return;
      await this.#send("screen", screen?.video ?? null);
      await this.#send("screen-audio", screen?.audio ?? null);
      this.#hooks.mute("screen", !screen);
      this.#hooks.mute("screen-audio", !screen?.audio);
    });
    return this.isScreenShareEnabled;
  }

  /**
   * Send a track of one's own (a canvas, a file, another device) as `source`, in place of what was sent. It goes when it ends.
   *
   * @param {MediaStreamTrack} track
   * @param {{source: Source}} options
   */
  async publishTrack(track, { source }) {
    if (track.kind !== KINDS[source]) throw new TrebleError("bad.track", { detail: `${source} is ${KINDS[source]}` });
    if (!this.#mayPublish(source)) throw new TrebleError("forbidden", { detail: source });
    await this.#serially(source, async () => {
      this.#foreign.add(track);
      await this.#send(source, track);
      this.#hooks.mute(source, !track.enabled);
    });
    return this.getTrackPublication(source);
  }

  /** Send it no longer. It is closed. @param {MediaStreamTrack} track */
  async unpublishTrack(track) {
    const [source] = SOURCES.filter((one) => this.track(one) === track);
    if (!source) return;
    await this.#serially(source, async () => {
      await this.#send(source, null);
      this.#hooks.mute(source, true);
    });
  }

  /**
   * Send what `processor` makes of one's camera (or another source), now and after each change of the device; null: the
   * device's own picture. Without an offer. A processor that fails (`mediaDevicesError`, `processor.failed`) changes nothing.
   *
   * @param {Source} source
   * @param {import("./processing.js").TrackProcessor | null} processor
   */
  async setProcessor(source, processor) {
    await this.#serially(source, async () => {
      const track = this.track(source);
      await this.#processing.use(source, processor, track);
      await this.#media?.publisher?.setTrack(source, this.outgoing(source), track);
    });
    return this.#processing.of(source) === processor;
  }

  /** @param {Source} source */
  getProcessor(source) {
    return this.#processing.of(source);
  }

  /** Resolves to whether a host has been asked instead. @param {string} name */
  setName(name) {
    return this.#hooks.rename(name);
  }

  /** A host has stopped this: a microphone stays open and silent, the others are closed. @param {Source} source */
  withhold(source) {
    if (source === "camera") return this.setCameraEnabled(false);
    if (source !== "microphone") return this.setScreenShareEnabled(false);
    const track = this.track("microphone");
    if (track) track.enabled = false;
    this.#changed();
    return Promise.resolve();
  }

  /**
   * Use another microphone or camera; what was off stays off. One that cannot be opened leaves the earlier one in use.
   *
   * @param {"audioinput" | "videoinput"} kind
   * @param {string} device
   */
  switchActiveDevice(kind, device) {
    const source = kind === "audioinput" ? "microphone" : "camera";
    return this.#serially(source, async () => {
      this.#devices[source] = device;
      const before = this.track(source);
      if (!before) return;
      const { enabled } = before;
      const earlier = before.getSettings().deviceId ?? null;
      before.stop(); // phones cannot hold two cameras at once
      this.#tracks.delete(source);
      const track = await this.#open(source).catch((error) => this.#goBack(source, earlier, error));
      if (track) track.enabled = enabled;
      await this.#send(source, track);
      if (!track) this.#hooks.mute(source, true);
    });
  }

  /** Close every device. */
  stop() {
    this.#stopped = true;
    for (const track of this.#tracks.values()) track.stop();
    this.#tracks.clear();
    this.#media = null;
    this.#processing.close();
    publishOwn(this, SOURCES, this.#hooks.emit);
  }

  /** @param {"microphone" | "camera"} source @param {string | null} device @param {unknown} error  why not another */
  #goBack(source, device, error) {
    this.#devices[source] = device;
    this.#hooks.failed(error instanceof TrebleError ? error : new TrebleError("dev.busy.mic", { detail: String(error) }), source);
    return this.#open(source).catch(() => null);
  }

  /** @param {"microphone" | "camera"} source */
  #open(source) {
    if (source === "microphone") return openMicrophone(this.#devices.microphone);
    return openCamera(this.#devices.camera, this.#capture);
  }

  /**
   * @param {Source} source
   * @param {MediaStreamTrack | null} track
   */
  async #send(source, track) {
    if (this.#stopped) return track?.stop(); // it was asked for before
    const before = this.track(source);
    if (before && before !== track) before.stop();
    if (track) this.#keep(source, track);
    else this.#tracks.delete(source);
    try {
      await this.#processing.apply(source, track);
    } catch (error) {
      await this.#send(source, null);
      this.#hooks.mute(source, true);
      throw error;
    }
    await this.#media?.publisher?.setTrack(source, this.outgoing(source), track);
  }

  /** @param {Source} source @param {MediaStreamTrack} track */
  #keep(source, track) {
    this.#tracks.set(source, track);
    track.addEventListener("ended", () => this.track(source) === track && this.#ended(source, track));
  }

  /**
   * A track ended by itself: unplugged, permission withdrawn, or "Stop sharing" in the browser's own bar.
   *
   * @param {Source} source
   * @param {MediaStreamTrack} track
   */
  #ended(source, track) {
    if (this.#foreign.has(track)) return void this.unpublishTrack(track);
    if (source === "screen") return void this.setScreenShareEnabled(false);
    if (source === "screen-audio") return void this.#send(source, null);
    this.#serially(/** @type {"microphone" | "camera"} */ (source), async () => {
      if (this.track(source) !== track) return;
      this.#tracks.delete(source);
      const own = /** @type {"microphone" | "camera"} */ (source);
      this.#devices[own] = null;
      const other = await this.#open(own).catch(() => null);
      if (other) other.enabled = track.enabled;
      await this.#send(source, other);
      if (!other) this.#hooks.mute(source, true);
      this.#hooks.lost({ source, device: track.label, other: other?.label ?? null });
    });
  }

  /**
   * @param {Source} source
   * @param {() => Promise<void>} change
   */
  async #serially(source, change) {
    if (!this.#mayPublish(source)) return;
    const turn = (this.#queues.get(source) ?? Promise.resolve()).then(change);
    this.#queues.set(source, turn.catch(() => {}));
    try {
      await turn;
    } catch (error) {
      if (!(error instanceof TrebleError)) throw error;
      this.#hooks.failed(error, source);
    } finally {
      this.#changed();
    }
  }

  #changed() {
    publishOwn(this, SOURCES, this.#hooks.emit);
    this.#hooks.changed();
  }
}

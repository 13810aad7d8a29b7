/**
 * Picture-in-picture: whom the speaker view would show large, in a small window that stays above all others. Where the
 * browser gives a window for a page, with the name, one's microphone and camera; else the picture alone.
 */

import { watchPicture } from "/sdk/slots.js";
import { h, setIcon, setLabel } from "../lib/dom.js";
import { t } from "../lib/strings.js";
import { iconButton } from "./controls.js";
import { Tile, keyOf } from "./tile.js";

/**
 * @typedef {object} Shown
 * @property {string} participant
 * @property {import("/sdk/types.js").Source} source
 * @property {import("./tile.js").TileState} state
 * @property {MediaStream | null} stream
 * @property {number} turn  another one: the stream may still show somebody else, until `from`
 * @property {number | null} from
 *
 * @typedef {import("./small-view.js").SmallHooks & {closed: () => void}} Hooks
 */

const SIZE = { width: 400, height: 281 };

export class SmallWindow {
  #room;
  #hooks;
  /** @type {Window | null} */
  #window = null;
  /** The picture alone: it stays out of the tile. */
  #floats = false;
  #video = h("video", { muted: true, playsInline: true, autoplay: true });
  #holder = h("div", { class: "stage-floor" });
  /** @type {Tile | null} */
  #tile = null;
  #turn = "";
  #ready = false;
  #stopWatch = () => {};
  #mic;
  #cam;

  /** @param {import("/sdk/room.js").Room} room @param {Hooks} hooks */
  constructor(room, hooks) {
    this.#room = room;
    this.#hooks = hooks;
    this.#mic = iconButton({ icon: "mic", label: "", onclick: hooks.mic });
    this.#cam = iconButton({ icon: "camera", label: "", onclick: hooks.cam });
  }

  /** Called from a click or key; rejects where the browser does not want to. */
  async open() {
    this.follow();
    const { documentPictureInPicture: maker } = /** @type {any} */ (window);
    if (maker) this.#dress(await maker.requestWindow(SIZE));
    else await this.#float();
    this.#place();
    this.#hooks.changed();
  }

  /** CSS pixels of the picture. */
  get size() {
    if (!this.#window) return SIZE;
    return { width: this.#holder.clientWidth, height: this.#holder.clientHeight };
  }

  get key() {
    return this.#tile?.key ?? "";
  }

  /** Show whom it is about now, and one's own devices. */
  follow() {
    const { isMicrophoneEnabled: mic, isCameraEnabled: cam } = this.#room.localParticipant;
    this.#show(this.#now());
    setState(this.#mic, mic, "mic", t(mic ? "bar.mic.on" : "bar.mic.off"));
    setState(this.#cam, cam, "camera", t(cam ? "bar.cam.on" : "bar.cam.off"));
  }

  /** @returns {Shown} */
  #now() {
    const { plan, states, players } = this.#hooks;
    const key = plan.mainOf();
    const at = key.lastIndexOf("/");
    const participant = key.slice(0, at);
    const source = /** @type {import("/sdk/types.js").Source} */ (key.slice(at + 1));
    const person = /** @type {import("./people-model.js").Person} */ (plan.people().find(({ id }) => id === participant));
    const state = states.of(person, { key, source });
    if (person.self) return { participant, source, state, stream: states.ownStream, turn: 0, from: null };
    const slot = players.find(participant, source)?.slot;
    return { participant, source, state, stream: slot?.video ?? null, turn: slot?.turn ?? 0, from: slot?.from ?? null };
  }

  /** @param {Shown} shown */
  #show({ participant, source, state, stream, turn, from }) {
    if (this.#tile?.key !== keyOf(participant, source)) {
      this.#tile = new Tile(participant, source, () => {});
      this.#holder.replaceChildren(this.#tile.element);
    }
    const now = `${this.#tile.key} ${stream?.id} ${turn}`;
    if (this.#turn !== now) this.#watch(stream, from);
    this.#turn = now;
    this.#tile.update({ ...state, video: this.#floats ? null : this.#video, picture: state.picture && this.#ready });
    this.#place();
  }

  close() {
    this.#stopWatch();
    this.#video.srcObject = null;
    this.#window?.close();
    if (document.pictureInPictureElement === this.#video) document.exitPictureInPicture().catch(() => {});
    this.#video.remove();
  }

  /** @param {MediaStream | null} stream @param {number | null} from */
  #watch(stream, from) {
    this.#stopWatch();
    this.#ready = false;
    if (this.#video.srcObject !== stream) this.#video.srcObject = stream;
    this.#stopWatch = watchPicture(this.#video, from, () => {
      this.#ready = true;
      this.#hooks.changed();
    });
  }

  #place() {
    const { clientWidth: width, clientHeight: height } = this.#holder;
    if (width) this.#tile?.place({ x: 0, y: 0, width, height });
  }

  /** The page's looks and icons, in a document that has none. @param {Window} window */
  #dress(window) {
    this.#window = window;
    const { document: inside } = window;
    const { lang, dir, dataset } = document.documentElement;
    Object.assign(inside.documentElement, { lang, dir });
    Object.assign(inside.documentElement.dataset, dataset);
    inside.title = t("pip.title");
    const looks = /** @type {HTMLLinkElement[]} */ ([...document.querySelectorAll("link[rel=stylesheet]")]);
    inside.head.append(...looks.map(({ href }) => h("link", { rel: "stylesheet", href })));
    const sprite = document.querySelector(".sprite");
    if (sprite) inside.body.append(inside.importNode(sprite, true));
    const bar = h("div", { class: "bar", role: "toolbar", "aria-label": t("bar.label") }, this.#mic, this.#cam);
    inside.body.append(h("main", { class: "small-window", "aria-label": t("pip.title") }, this.#holder, bar));
    new /** @type {any} */ (window).ResizeObserver(this.#hooks.changed).observe(this.#holder); // also when its styles have come
    window.addEventListener("pagehide", this.#hooks.closed);
  }

  async #float() {
    this.#floats = true;
    this.#video.classList.add("unseen");
    document.body.append(this.#video);
    await this.#video.play();
    await this.#video.requestPictureInPicture();
    this.#video.addEventListener("leavepictureinpicture", this.#hooks.closed);
  }
}

/** @param {HTMLElement} control @param {boolean} on @param {string} name @param {string} label */
function setState(control, on, name, label) {
  setIcon(control, on ? name : `${name}-off`);
  setLabel(control, label);
  control.classList.toggle("is-off", !on);
  control.dataset.on = String(on);
}

/**
 * One `<video>` and one `<audio>` for each Slot, for as long as the Slot lives: a tile borrows the video of the Slot
 * that carries its participant. `ready` turns true with the first frame that is certainly this participant's.
 */

import { watchPicture } from "/sdk/slots.js";
import { h } from "../lib/dom.js";

/**
 * @typedef {import("/sdk/slots.js").Slot} Slot
 *
 * @typedef {object} Player
 * @property {Slot} slot
 * @property {HTMLVideoElement} video
 * @property {HTMLAudioElement} audio
 * @property {boolean} ready
 * @property {number} turn
 * @property {() => void} stopWatch
 */

export class Players {
  /** @type {Player[]} */
  #players = [];
  #changed;
  #blocked;
  #speaker = "";
  /** How loud single people are here, 0 to 1, for this visit. @type {Map<string, number>} */
  #volumes = new Map();
  /** Holds the audio elements: they must be in the page to play everywhere. */
  element = h("div", { class: "players", hidden: true });

  /**
   * @param {{changed: () => void, blocked: (blocked: boolean) => void}} hooks  `blocked`: the browser wants a click
   *   before it plays sound
   */
  constructor({ changed, blocked }) {
    this.#changed = changed;
    this.#blocked = blocked;
  }

  /** Follow the Slot table. @param {readonly Slot[]} slots */
  update(slots) {
    if (this.#players.some(({ slot }, index) => slots[index] !== slot)) this.close(); // a new connection
    for (const slot of slots.slice(this.#players.length)) this.#add(slot);
    for (const player of this.#players) this.#follow(player);
    this.#changed();
  }

  /** @param {string} participant @param {import("/sdk/types.js").Source} source */
  find(participant, source) {
    return this.#players.find(({ slot }) => slot.participant === participant && slot.source === source);
  }

  /** A track came back from mute: its old picture is not shown again. @param {Player} player */
  rearm(player) {
    this.#watch(player, null);
  }

  /** @param {string} participant  0 to 1 */
  volumeOf(participant) {
    return this.#volumes.get(participant) ?? 1;
  }

  /** @param {string} participant @param {number} volume */
  setVolume(participant, volume) {
    this.#volumes.set(participant, volume);
    for (const player of this.#players) if (player.slot.participant === participant) this.#attune(player);
  }

  /** Send the sound to another speaker. @param {string} device */
  async setSpeaker(device) {
    this.#speaker = device;
    await Promise.all(this.#players.map(({ audio }) => this.#route(audio)));
  }

  /** Play all; called from a click where the browser wants one. */
  async resume() {
    const plays = this.#players.map(({ audio }) => audio.play());
    const results = await Promise.race([Promise.allSettled(plays), soon([])]);
    this.#blocked(results.some(({ status }) => status === "rejected"));
  }

  close() {
    for (const { audio, video, stopWatch } of this.#players) {
      stopWatch();
      audio.srcObject = video.srcObject = null;
      audio.remove();
      video.remove();
    }
    this.#players = [];
  }

  /** @param {Slot} slot */
  #add(slot) {
    const video = h("video", { muted: true, playsInline: true, autoplay: true, srcObject: slot.video });
    const audio = h("audio", { autoplay: true, srcObject: slot.audio });
    video.tabIndex = -1;
    video.dataset.slot = audio.dataset.slot = String(slot.slot);
    video.addEventListener("resize", this.#changed);
    this.element.append(audio);
    this.#route(audio);
    audio.play().catch((error) => error.name === "NotAllowedError" && this.#blocked(true));
    this.#players.push({ slot, video, audio, ready: false, turn: 0, stopWatch: () => {} });
  }

  /** @param {Player} player */
  #follow(player) {
    if (player.turn === player.slot.turn) return;
    player.turn = player.slot.turn;
    player.stopWatch();
    player.ready = false;
    this.#attune(player);
    if (player.slot.participant) this.#watch(player, player.slot.from);
  }

  /** @param {Player} player @param {number | null} from */
  #watch(player, from) {
    player.stopWatch();
    player.ready = false;
    player.stopWatch = watchPicture(player.video, from, () => {
      player.ready = true;
      this.#changed();
    });
  }

  /** As loud as its person is to be; where the browser keeps the volume to itself, silence still is. @param {Player} player */
  #attune({ slot, audio }) {
    audio.volume = this.volumeOf(slot.participant ?? "");
    audio.muted = audio.volume === 0;
  }

  /** @param {HTMLAudioElement} audio */
  async #route(audio) {
    if (audio.setSinkId && audio.sinkId !== this.#speaker) await audio.setSinkId(this.#speaker).catch(() => {}); // unplugged: default
  }
}

/** @template T @param {T} value @returns {Promise<T>} */
function soon(value) {
  return new Promise((resolve) => setTimeout(() => resolve(value), 500));
}

/**
 * The stage: makes a tile for each person and screen, lays them out, tells the server what is shown.
 * Tiles keep their place and their element for as long as their person is here.
 */

import { coalesced, h } from "../lib/dom.js";
import { layOut } from "../lib/layout.js";
import { StageOrder } from "../lib/order.js";
import { t } from "../lib/strings.js";
import { listenForSwipes } from "../lib/swipe.js";
import { wishes } from "../lib/view.js";
import { CornerSelf } from "./corner.js";
import { peopleOf } from "./people-model.js";
import { Players } from "./players.js";
import { pager } from "./pager.js";
import { oneStop } from "./one-stop.js";
import { Tile, keyOf } from "./tile.js";
import { TileOptions } from "./tile-options.js";

/**
 * @typedef {import("/sdk/room.js").Room} Room
 * @typedef {import("./people-model.js").Person} Person
 * @typedef {import("../lib/layout.js").Layout} Layout
 */

const ANIMATED = 9; // more tiles than this appear where they belong at once
const LISTEN_MS = 400;

export class Stage {
  #room;
  /** @type {Map<string, Tile>} */
  #tiles = new Map();
  #page = 0;
  #order = new StageOrder();
  #arranged = "";
  #size = "";
  /** @type {string[]} */
  #seen = [];
  /** @type {Map<string, boolean>} */
  #cameras = new Map();
  #ownVideo = h("video", { muted: true, playsInline: true, autoplay: true });
  #floor = h("div", { class: "stage-floor" });
  #stop = oneStop(this.#floor);
  #corner = new CornerSelf();
  #pager = pager((step) => this.turn(step));
  #observer = new ResizeObserver(() => this.render());
  #listening = setInterval(() => this.#promote(), LISTEN_MS);
  #stopped = new AbortController();

  /**
   * @param {Room} room
   * @param {{blocked: (blocked: boolean) => void, chooseSend: (cap: number) => void}} hooks
   */
  constructor(room, { blocked, chooseSend }) {
    this.#room = room;
    this.render = coalesced(() => this.#render());
    this.options = new TileOptions(room, { changed: this.render, chooseSend });
    this.players = new Players({ changed: this.render, blocked });
    this.element = h(
      "section",
      { class: "stage", "aria-label": t("stage.label") },
      this.#floor,
      this.#corner.element,
      this.players.element,
    );
    this.#observer.observe(this.#floor);
    document.addEventListener("visibilitychange", this.render, { signal: this.#stopped.signal });
    listenForSwipes(this.#floor, (step) => this.turn(step));
  }

  /** Arrows and dots, for the strip: on the stage they would lie over names. */
  get pager() {
    return this.#pager.element;
  }

  /** @param {1 | -1} step */
  turn(step) {
    this.#page += step;
    this.render();
  }

  /** Pin the tile of this number, counted in reading order without oneself; 0 unpins. @param {number} number */
  pin(number) {
    const shown = [...this.#floor.children].map((element) => [...this.#tiles.values()].find((tile) => tile.element === element));
    const tile = shown.filter((one) => one && !one.self)[number - 1];
    if (number === 0) this.options.unpin();
    else if (tile) this.options.togglePin(tile.key);
  }

  /** Fresh figures. */
  showStats() {
    for (const person of peopleOf(this.#room)) {
      for (const tile of this.#tiles.values()) {
        if (tile.participant !== person.id) continue;
        const shown = this.options.showsStats(tile.key) ? this.options.statsOf(tile, this.#stateOf(person, tile)) : null;
        tile.showStats(shown);
      }
    }
  }

  close() {
    this.#stopped.abort();
    this.options.close();
    this.#observer.disconnect();
    clearInterval(this.#listening);
    this.players.close();
    this.#ownVideo.srcObject = null;
  }

  #render() {
    if (this.#stopped.signal.aborted) return;
    const people = this.#arrange(peopleOf(this.#room));
    const items = itemsOf(people);
    const layout = this.#layOut(items);
    this.#page = layout.page;
    this.#dropOld(new Set(items.map(({ key }) => key)));
    this.#animate(layout);
    this.element.dataset.mode = layout.mode;
    this.#show(people, layout);
    this.#seen = layout.placed.flatMap(({ key, main }) => (main ? [] : [this.#tiles.get(key)?.participant ?? ""]));
    this.#pager.update(layout.page, layout.pages);
    this.#tellView(layout);
  }

  /** Oneself first, the others in their lasting order. @param {Person[]} people */
  #arrange([self, ...others]) {
    const byId = new Map(others.map((person) => [person.id, person]));
    return [self, ...this.#order.arrange([...byId.keys()]).map((id) => /** @type {Person} */ (byId.get(id)))];
  }

  /** @param {import("../lib/layout.js").Item[]} items */
  #layOut(items) {
    const { clientWidth: width, clientHeight: height } = this.#floor;
    const touch = matchMedia("(pointer: coarse)").matches;
    return layOut(items, { width, height, touch }, this.#page, this.#large(items));
  }

  /** What one has pinned, else whom a host shows to everybody; never oneself. @param {import("../lib/layout.js").Item[]} items */
  #large(items) {
    const pinned = items.some(({ key }) => key === this.options.pinned);
    const { spotlight } = this.#room.meeting.about;
    const shown = spotlight && spotlight !== this.#room.localParticipant.id;
    return !pinned && shown ? keyOf(spotlight, "camera") : this.options.pinned;
  }

  /** Tiles glide when people come and go, not when the window or the whole layout changes. @param {Layout} layout */
  #animate({ mode, placed }) {
    const arranged = `${mode} ${placed.map(({ key }) => key).join(" ")}`;
    const { clientWidth: width, clientHeight: height } = this.#floor;
    const size = `${width}x${height}`;
    const sameShape = this.element.dataset.mode === mode && this.#size === size;
    if (arranged !== this.#arranged || this.#size !== size) {
      this.#floor.classList.toggle("animated", sameShape && placed.length <= ANIMATED);
    }
    [this.#arranged, this.#size] = [arranged, size];
  }

  /** Who goes on speaking on another page may come to this one. */
  #promote() {
    if (!this.#pager.isPaged()) return;
    const now = performance.now();
    this.#order.hear(this.#room.activeSpeakers.map(({ id }) => id), now);
    if (this.#order.swap(new Set(this.#seen), now)) this.render();
  }

  /** @param {Set<string>} keys */
  #dropOld(keys) {
    for (const [key, tile] of this.#tiles) {
      if (keys.has(key)) continue;
      tile.element.remove();
      this.#tiles.delete(key);
    }
  }

  /** @param {Person[]} people @param {Layout} layout */
  #show(people, { placed, corner }) {
    const boxes = new Map(placed.map(({ key, box }) => [key, box]));
    for (const person of people) {
      this.#ensure(person.id, "camera");
      if (person.screen && !person.self) this.#ensure(person.id, "screen");
    }
    for (const [key, tile] of this.#tiles) {
      const person = people.find(({ id }) => id === tile.participant);
      if (!person) continue;
      const box = boxes.get(key);
      const inCorner = key === corner;
      if (box && !inCorner) this.#put(tile, this.#floor);
      else if (!inCorner) tile.element.remove();
      if (inCorner) this.#corner.hold(tile);
      const state = this.#stateOf(person, tile);
      tile.update(state);
      tile.showStats(this.options.statsOf(tile, state));
      if (box) tile.place(box);
      tile.refit();
    }
    this.#sort(placed);
    if (!corner) this.#corner.release();
  }

  /** @param {Tile} tile @param {HTMLElement} parent */
  #put(tile, parent) {
    if (tile.element.parentElement !== parent) parent.append(tile.element);
  }

  /** The reading order is the order on screen. @param {Layout["placed"]} placed */
  #sort(placed) {
    placed.forEach(({ key }, index) => {
      const element = this.#tiles.get(key)?.element;
      const there = this.#floor.children[index];
      if (element && element !== there) this.#floor.insertBefore(element, there ?? null);
    });
    this.#stop.update();
  }

  /** @param {string} participant @param {"camera" | "screen"} source */
  #ensure(participant, source) {
    const key = keyOf(participant, source);
    if (!this.#tiles.has(key)) this.#tiles.set(key, new Tile(participant, source, (tile) => this.options.open(tile)));
  }

  /** @param {Person} person @param {Tile} tile @returns {import("./tile.js").TileState} */
  #stateOf(person, tile) {
    const speaking = this.#room.activeSpeakers.some(({ id }) => id === person.id);
    const camera = tile.source === "camera";
    const common = {
      name: person.name,
      self: person.self,
      guest: person.guest,
      face: person.picture,
      turn: person.turn,
      spotlight: person.spotlight && camera,
      micMuted: !person.mic,
      speaking: speaking && camera && person.mic,
      connection: person.connection,
      pinned: this.options.pinned === tile.key,
      network: person.network,
      cap: this.options.capOf(tile.key),
    };
    return { ...common, ...(person.self ? this.#ownPicture(person) : this.#pictureOf(person, tile)) };
  }

  /** @param {Person} person */
  #ownPicture({ cam }) {
    const own = this.#room.localParticipant;
    const track = own.outgoing("camera");
    const shown = this.#ownVideo.srcObject instanceof MediaStream ? this.#ownVideo.srcObject.getTracks()[0] : null;
    if (shown !== track) this.#ownVideo.srcObject = track ? new MediaStream([track]) : null;
    const mirrored = own.track("camera")?.getSettings().facingMode !== "environment";
    return { video: this.#ownVideo, picture: cam, sends: cam, paused: false, mirrored, reason: "", codec: "", layer: null };
  }

  /** @param {Person} person @param {Tile} tile */
  #pictureOf(person, { source }) {
    const player = this.players.find(person.id, source);
    const sends = source === "screen" ? person.screen : person.cam;
    const paused = player?.slot.reason === "bandwidth" && player.slot.layer === null;
    const sealed = this.#room.encryption.fails(person.id, source);
    const comes = sends && !paused && !sealed && !this.options.audioOnly;
    if (player && comes && this.#cameras.get(keyOf(person.id, source)) === false) this.players.rearm(player);
    this.#cameras.set(keyOf(person.id, source), comes);
    return {
      video: player?.video ?? null,
      picture: Boolean(player?.ready && comes),
      sends,
      paused,
      mirrored: false,
      reason: sealed ? this.#sealedReason() : sends && !this.options.audioOnly ? (player?.slot.reason ?? "") : "",
      codec: player?.slot.codec ?? "",
      layer: player?.slot.layer ?? null,
    };
  }

  /** Why what comes cannot be decrypted. */
  #sealedReason() {
    return this.#room.encryption.state === "needs-secret" ? "sealed-own" : "sealed";
  }

  /** What is shown now, in device pixels; a hidden tab and audio only show nothing. @param {Layout} layout */
  #tellView({ placed }) {
    if (!this.#room.localParticipant.id) return;
    const shown = document.hidden || this.options.audioOnly ? [] : placed;
    const tiles = shown.flatMap(({ key, box }) => {
      const tile = this.#tiles.get(key);
      if (!tile || tile.participant === this.#room.localParticipant.id) return [];
      const { participant, source } = tile;
      return [{ participant, source, box, pinned: key === this.options.pinned, cap: this.options.capOf(key) }];
    });
    this.#room.setView(wishes(tiles, this.#room.activeSpeakers, devicePixelRatio));
  }
}

/** @param {Person[]} people @returns {import("../lib/layout.js").Item[]} */
function itemsOf(people) {
  return people.flatMap(({ id, self, screen }) => [
    { key: keyOf(id, "camera"), kind: self ? /** @type {const} */ ("self") : /** @type {const} */ ("camera") },
    ...(screen && !self ? [{ key: keyOf(id, "screen"), kind: /** @type {const} */ ("screen") }] : []),
  ]);
}

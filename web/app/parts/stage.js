/**
 * The stage: a tile for each person and screen, laid out; the server is told what is shown.
 * Tiles keep their place and their element for as long as their person is here.
 */

import { coalesced, h } from "../lib/dom.js";
import { prefs, remember } from "../lib/prefs.js";
import { t } from "../lib/strings.js";
import { listenForSwipes } from "../lib/swipe.js";
import { wishes } from "../lib/view.js";
import { CornerSelf } from "./corner.js";
import { Floor } from "./floor.js";
import { withPart } from "./lazy.js";
import { pager } from "./pager.js";
import { peopleOf } from "./people-model.js";
import { Players } from "./players.js";
import { SmallView } from "./small-view.js";
import { StagePlan } from "./stage-plan.js";
import { Tile, keyOf } from "./tile.js";
import { TileOptions } from "./tile-options.js";
import { TileStates } from "./tile-states.js";

/**
 * @typedef {import("/sdk/room.js").Room} Room
 * @typedef {import("./people-model.js").Person} Person
 * @typedef {import("../lib/layout.js").Layout} Layout
 *
 * @typedef {object} StageHooks
 * @property {(blocked: boolean) => void} blocked  the browser wants a click before it plays sound
 * @property {(cap: number) => void} chooseSend
 * @property {(request: Promise<unknown>) => void} attempt  says why it failed
 * @property {(mode: "grid" | "speaker" | null) => void} changed  the layout; null: one is alone
 * @property {() => void} mic
 * @property {() => void} cam
 */

const LISTEN_MS = 400;

export class Stage {
  #room;
  #changed;
  #plan;
  #states;
  /** @type {Map<string, Tile>} */
  #tiles = new Map();
  #page = 0;
  #floor = new Floor();
  #corner = new CornerSelf(() => this.#hideSelf(false));
  #pager = pager((step) => this.turn(step));
  #observer = new ResizeObserver(() => this.render());
  #listening = setInterval(() => this.#plan.listen(performance.now()) && this.render(), LISTEN_MS);
  #stopped = new AbortController();

  /** @param {Room} room @param {StageHooks} hooks */
  constructor(room, { blocked, changed, mic, cam, ...hooks }) {
    this.#room = room;
    this.#changed = changed;
    const render = coalesced(() => this.#render());
    this.render = render;
    const openVolume = (/** @type {Tile} */ tile) => this.#openVolume(tile);
    this.options = new TileOptions(room, { ...hooks, changed: render, hideSelf: () => this.#hideSelf(true), openVolume });
    this.players = new Players({ changed: render, blocked });
    this.#plan = new StagePlan(room, this.options);
    this.#states = new TileStates(room, this.options, this.players);
    /** Picture-in-picture. */
    this.small = new SmallView(room, { plan: this.#plan, states: this.#states, players: this.players, changed: render, mic, cam });
    const { element } = this.#floor;
    this.element = h("section", { class: "stage", "aria-label": t("stage.label") }, element, this.#corner.element, this.players.element);
    this.#observer.observe(element);
    document.addEventListener("visibilitychange", render, { signal: this.#stopped.signal });
    listenForSwipes(element, (step) => this.turn(step));
  }

  /** Arrows and dots, for the strip: on the stage they would lie over names. */
  get pager() {
    return this.#pager.element;
  }

  /** Also of other pages. */
  get elements() {
    return [...this.#tiles.values()].map(({ element }) => element);
  }

  /** As it is chosen now, by the user or by what is large. */
  get mode() {
    return this.#plan.mode;
  }

  /** Others speak now. */
  hear() {
    this.#plan.listen(performance.now());
    this.render();
  }

  /** @param {1 | -1} step */
  turn(step) {
    this.#page += step;
    this.render();
  }

  /** From the grid to speaker view or back. */
  toggleLayout() {
    this.#plan.toggle();
    this.#page = 0;
    this.render();
  }

  /** Pin the tile of this number, in the lasting order of those on the page, without oneself; 0 unpins. @param {number} number */
  pin(number) {
    const key = this.#plan.numbered()[number - 1];
    if (number === 0) this.options.unpin();
    else if (key) this.options.togglePin(key);
  }

  /** Fresh figures. */
  showStats() {
    for (const person of peopleOf(this.#room)) {
      for (const tile of this.#tiles.values()) {
        if (tile.participant === person.id) tile.showStats(this.options.statsOf(tile, this.#states.of(person, tile)));
      }
    }
  }

  close() {
    this.#stopped.abort();
    this.small.close();
    this.options.close();
    this.#observer.disconnect();
    clearInterval(this.#listening);
    this.players.close();
    this.#states.close();
  }

  #render() {
    if (this.#stopped.signal.aborted) return;
    const layout = this.#plan.make(this.#floor.size, this.#page);
    this.#page = layout.page;
    this.element.dataset.mode = layout.mode;
    this.#show(layout);
    this.#pager.update(layout.page, layout.pages);
    this.small.update();
    this.#tellView(layout);
    this.#changed(this.#room.remoteParticipants.size ? this.mode : null);
  }

  /** @param {Layout} layout */
  #show({ mode, placed, corner }) {
    const people = new Map(peopleOf(this.#room).map((person) => [person.id, person]));
    for (const person of people.values()) this.#ensure(person);
    for (const tile of this.#tiles.values()) {
      const person = people.get(tile.participant);
      if (person && (tile.source === "camera" || person.screen)) this.#update(tile, person);
      else this.#drop(tile);
    }
    const own = this.#tiles.get(corner ?? "");
    if (own) this.#corner.hold(own);
    else this.#corner.release(prefs.selfHidden && people.size > 1);
    this.#floor.show(mode, placed.map(({ key, box }) => ({ tile: /** @type {Tile} */ (this.#tiles.get(key)), box })));
  }

  /** @param {Person} person */
  #ensure({ id, self, screen }) {
    for (const source of /** @type {const} */ (["camera", "screen"])) {
      const key = keyOf(id, source);
      if (this.#tiles.has(key) || (source === "screen" && (self || !screen))) continue;
      const tile = new Tile(id, source, () => this.options.open(tile));
      this.#tiles.set(key, tile);
      if (source === "screen") this.#makeZoomable(tile);
    }
  }

  /** @param {Tile} tile @param {Person} person */
  #update(tile, person) {
    const state = this.#states.of(person, tile);
    tile.update(state);
    tile.showStats(this.options.statsOf(tile, state));
    tile.refit();
  }

  /** @param {Tile} tile */
  #drop(tile) {
    tile.element.remove();
    this.#tiles.delete(tile.key);
  }

  /** @param {Tile} tile */
  #makeZoomable(tile) {
    const make = (/** @type {typeof import("./screen-zoom.js")} */ { ScreenZoom }) => (tile.zoom = new ScreenZoom(tile, this.render));
    import("./screen-zoom.js").then(make, () => {}); // a screen is seen without
  }

  /** @param {boolean} hidden */
  #hideSelf(hidden) {
    remember({ selfHidden: hidden });
    this.#render();
    if (hidden || this.#plan.layout.corner) this.#corner.focus();
    else this.#tiles.get(keyOf(this.#room.localParticipant.id, "camera"))?.element.focus();
  }

  /** @param {Tile} tile */
  #openVolume({ participant, more, element }) {
    const choose = (/** @type {number} */ volume) => this.players.setVolume(participant, volume);
    const name = element.dataset.name ?? "";
    withPart(element, () => import("./volume.js"), ({ openVolume }) => openVolume(more, name, this.players.volumeOf(participant), choose), "volume");
  }

  /** What is shown now, in device pixels; a hidden tab and audio only show nothing. @param {Layout} layout */
  #tellView({ placed }) {
    if (!this.#room.localParticipant.id) return;
    /** @type {Map<string, {width: number, height: number}>} */
    const boxes = new Map(document.hidden ? [] : placed.map(({ key, box }) => [key, box]));
    const [key, size] = this.small.shown ?? [];
    if (key && size && !boxes.has(key)) boxes.set(key, size);
    const shown = this.options.audioOnly ? [] : [...boxes];
    const tiles = shown.flatMap(([key, box]) => {
      const tile = this.#tiles.get(key);
      if (!tile || tile.participant === this.#room.localParticipant.id) return [];
      const { participant, source, zoom } = tile;
      return [{ participant, source, box, pinned: key === this.options.pinned, cap: this.options.capOf(key), zoom: zoom?.scale }];
    });
    this.#room.setView(wishes(tiles, this.#room.activeSpeakers, devicePixelRatio));
  }
}

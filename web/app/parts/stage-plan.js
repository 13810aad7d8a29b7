/** Who and what stands where: the lasting order, the chosen layout, who is large, and whom speech brings forward. */

import { layOut } from "../lib/layout.js";
import { LayoutChoice } from "../lib/layout-choice.js";
import { MainSpeaker, mainOf } from "../lib/main-tile.js";
import { StageOrder } from "../lib/order.js";
import { prefs, remember } from "../lib/prefs.js";
import { Speech } from "../lib/speech.js";
import { peopleOf } from "./people-model.js";
import { keyOf } from "./tile.js";

/**
 * @typedef {import("/sdk/room.js").Room} Room
 * @typedef {import("./people-model.js").Person} Person
 * @typedef {import("../lib/layout.js").Layout} Layout
 * @typedef {import("../lib/layout.js").Item & {participant: string}} Item
 */

export class StagePlan {
  #room;
  #options;
  #speech = new Speech();
  #order = new StageOrder(this.#speech);
  #follower = new MainSpeaker(this.#speech);
  #choice = new LayoutChoice(prefs.layout);
  #speaker = "";
  /** @type {Layout} */
  layout = { mode: "grid", placed: [], corner: null, page: 0, pages: 1 };

  /** @param {Room} room @param {import("./tile-options.js").TileOptions} options */
  constructor(room, options) {
    this.#room = room;
    this.#options = options;
  }

  get mode() {
    return this.#choice.mode;
  }

  /** The other layout, as the user's choice. */
  toggle() {
    const layout = this.mode === "grid" ? "speaker" : "grid";
    this.#choice.choose(layout);
    remember({ layout });
  }

  /** Oneself first, the others in their lasting order. */
  people() {
    const [self, ...others] = peopleOf(this.#room);
    const byId = new Map(others.map((person) => [person.id, person]));
    this.#speech.keep(new Set(byId.keys()));
    return [self, ...this.#order.arrange([...byId.keys()]).map((id) => /** @type {Person} */ (byId.get(id)))];
  }

  /** @param {{width: number, height: number}} size  of the floor @param {number} page */
  make(size, page) {
    const all = this.#items();
    const here = (/** @type {string} */ key) => (all.some((item) => item.key === key) ? key : "");
    const screens = all.filter(({ kind }) => kind === "screen").map(({ key }) => key);
    this.#choice.update(screens, here(this.#options.pinned), here(this.#spotlight));
    const main = this.mode === "speaker" ? this.mainOf(all) : null;
    this.#makePlace(main);
    const hidden = prefs.selfHidden && all.length > 1;
    const items = this.#items().filter(({ kind }) => !(hidden && kind === "self"));
    this.layout = layOut(items, { ...size, touch: matchMedia("(pointer: coarse)").matches }, page, main);
    return this.layout;
  }

  /** Key of who is large where one is; of oneself only when alone. @param {Item[]} items */
  mainOf(items = this.#items()) {
    const { pinned } = this.#options;
    const candidates = { pinned, spotlight: this.#spotlight, screens: this.#choice.screens, speaker: keyOf(this.#speaker, "camera") };
    return mainOf(items, candidates) ?? items[0].key;
  }

  /** Keys of the others on the page, in their lasting order. */
  numbered() {
    const shown = new Set(this.layout.placed.map(({ key }) => key));
    return this.#items().filter(({ key, kind }) => kind !== "self" && shown.has(key)).map(({ key }) => key);
  }

  /** Who goes on speaking becomes the large one, or comes to this page. @param {number} now @returns {boolean} whether anybody moves */
  listen(now) {
    this.#speech.hear(this.#room.activeSpeakers.map(({ id }) => id), now);
    const speaker = this.#follower.follow([...this.#room.remoteParticipants.keys()], now);
    const follows = speaker !== this.#speaker;
    this.#speaker = speaker;
    if (follows && this.mode === "speaker") return true;
    const seen = new Set(this.#owners(() => true));
    return follows || (this.layout.pages > 1 && this.#order.swap(seen, now, this.#held()));
  }

  /** Whoever was large and is so no more takes the place of who is, so that the filmstrip stays as it is. @param {string | null} main */
  #makePlace(main) {
    const before = this.layout.placed.find((one) => one.main)?.key;
    const [old, fresh] = [before, main].map((key) => this.#items().find((item) => item.key === key));
    if (old?.kind === "camera" && fresh?.kind === "camera") this.#order.exchange(old.participant, fresh.participant);
  }

  /** @returns {Item[]} */
  #items() {
    return this.people().flatMap(({ id, self, screen }) => [
      { key: keyOf(id, "camera"), participant: id, kind: self ? /** @type {const} */ ("self") : /** @type {const} */ ("camera") },
      ...(screen && !self ? [{ key: keyOf(id, "screen"), participant: id, kind: /** @type {const} */ ("screen") }] : []),
    ]);
  }

  /** Of a host, for everybody; empty: nobody, or oneself. */
  get #spotlight() {
    const { spotlight } = this.#room.meeting.about;
    return spotlight && spotlight !== this.#room.localParticipant.id ? keyOf(spotlight, "camera") : "";
  }

  /** Who keeps the place whoever speaks: who is pinned or large, shares, or has a hand up. */
  #held() {
    const held = peopleOf(this.#room).filter(({ screen, hand }) => screen || hand).map(({ id }) => id);
    const large = this.#owners(({ key, main }) => main || key === this.#options.pinned || key === this.#spotlight);
    return new Set([...held, ...large]);
  }

  /** Whose tiles of the page these are. @param {(placed: Layout["placed"][0]) => boolean} which */
  #owners(which) {
    const keys = this.layout.placed.filter(which).map(({ key }) => key);
    return this.#items().filter(({ key }) => keys.includes(key)).map(({ participant }) => participant);
  }
}

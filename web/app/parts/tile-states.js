/** What each tile shows: from the Room, the Slots and what the user wants of it. */

import { h } from "../lib/dom.js";
import { keyOf } from "./tile.js";

/**
 * @typedef {import("/sdk/room.js").Room} Room
 * @typedef {import("./people-model.js").Person} Person
 * @typedef {import("./tile.js").Tile} Tile
 * @typedef {import("./tile.js").TileState} TileState
 */

export class TileStates {
  #room;
  #options;
  #players;
  /** Whether a picture came when it was looked at last. @type {Map<string, boolean>} */
  #cameras = new Map();
  #ownVideo = h("video", { muted: true, playsInline: true, autoplay: true });

  /**
   * @param {Room} room
   * @param {import("./tile-options.js").TileOptions} options
   * @param {import("./players.js").Players} players
   */
  constructor(room, options, players) {
    this.#room = room;
    this.#options = options;
    this.#players = players;
  }

  /** @param {Person} person @param {Pick<Tile, "key" | "source">} tile @returns {TileState} */
  of(person, tile) {
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
      pinned: this.#options.pinned === tile.key,
      network: person.network,
      cap: this.#options.capOf(tile.key),
    };
    return { ...common, ...(person.self ? this.#ownPicture(person) : this.#pictureOf(person, tile.source)) };
  }

  /** One's own camera, as it is seen. @returns {MediaStream | null} */
  get ownStream() {
    const track = this.#room.localParticipant.outgoing("camera");
    const stream = /** @type {MediaStream | null} */ (this.#ownVideo.srcObject);
    if ((stream?.getTracks()[0] ?? null) !== (track ?? null)) this.#ownVideo.srcObject = track ? new MediaStream([track]) : null;
    return /** @type {MediaStream | null} */ (this.#ownVideo.srcObject);
  }

  close() {
    this.#ownVideo.srcObject = null;
  }

  /** @param {Person} person */
  #ownPicture({ cam }) {
    const device = this.#room.localParticipant.track("camera");
    const mirrored = device?.getSettings().facingMode !== "environment";
    const picture = cam && this.ownStream !== null;
    return { video: this.#ownVideo, picture, sends: cam, paused: false, mirrored, reason: "", codec: "", layer: null };
  }

  /** @param {Person} person @param {import("/sdk/types.js").Source} source */
  #pictureOf(person, source) {
    const player = this.#players.find(person.id, source);
    const sends = source === "screen" ? person.screen : person.cam;
    const paused = player?.slot.reason === "bandwidth" && player.slot.layer === null;
    const sealed = this.#room.encryption.fails(person.id, source);
    const comes = sends && !paused && !sealed && !this.#options.audioOnly;
    const key = keyOf(person.id, source);
    if (player && comes && this.#cameras.get(key) === false) this.#players.rearm(player);
    this.#cameras.set(key, comes);
    return {
      video: player?.video ?? null,
      picture: Boolean(player?.ready && comes),
      sends,
      paused,
      mirrored: false,
      reason: sealed ? this.#sealedReason() : sends && !this.#options.audioOnly ? (player?.slot.reason ?? "") : "",
      codec: player?.slot.codec ?? "",
      layer: player?.slot.layer ?? null,
    };
  }

  /** Why what comes cannot be decrypted. */
  #sealedReason() {
    return this.#room.encryption.state === "needs-secret" ? "sealed-own" : "sealed";
  }
}

/** Who is there besides oneself, who speaks, and how everybody's network does. */

import { Networks } from "./networks.js";
import { RemoteParticipant } from "./remote.js";

/**
 * @typedef {import("./types.js").ParticipantState} ParticipantState
 * @typedef {import("./types.js").Speaker} Speaker
 * @typedef {import("./local.js").LocalParticipant} LocalParticipant
 * @typedef {import("./remote.js").RemoteTrack} RemoteTrack
 */

export class Roster {
  /** @type {Map<string, RemoteParticipant>} */
  participants = new Map();
  /** The loudest first. @type {(LocalParticipant | RemoteParticipant)[]} */
  speakers = [];
  #networks = new Networks();
  #local;
  #emit;
  #changed;

  /**
   * @param {LocalParticipant} local
   * @param {import("./remote.js").Emit} emit
   * @param {(track: RemoteTrack) => void} changed  what is wanted of a Track, or whether it is muted
   */
  constructor(local, emit, changed) {
    this.#local = local;
    this.#emit = emit;
    this.#changed = changed;
  }

  /** @param {ParticipantState} state */
  upsert(state) {
    if (state.id === this.#local.id) {
      this.#local.know(state);
      return this.#emit("localChanged");
    }
    const known = this.participants.get(state.id);
    const participant = known ?? new RemoteParticipant();
    participant.know(state);
    if (!known) {
      this.participants.set(state.id, participant);
      participant.connectionQuality = this.#networks.levels.get(state.id);
    }
    this.#emit(known ? "participantChanged" : "participantConnected", participant);
    participant.publish(state.tracks, this.#emit, this.#changed);
  }

  /** @param {string} id @param {string} reason */
  remove(id, reason) {
    const participant = this.participants.get(id);
    if (!participant) return;
    this.participants.delete(id);
    participant.unpublishAll(this.#emit);
    this.#emit("participantDisconnected", participant, reason);
  }

  /** The roster of a `welcome` is the truth. @param {ParticipantState[]} present */
  reconcile(present) {
    const ids = new Set(present.map(({ id }) => id));
    for (const id of [...this.participants.keys()]) if (!ids.has(id)) this.remove(id, "left");
    for (const participant of present) this.upsert(participant);
  }

  /** @param {Speaker[]} heard */
  hear(heard) {
    for (const one of this.speakers) one.speak(undefined);
    this.speakers = heard.flatMap(({ participant, level }) => {
      const one = this.#find(participant);
      one?.speak(level);
      return one ?? [];
    });
    this.#emit("activeSpeakersChanged", this.speakers);
  }

  /** Of whoever has left nothing is told. @param {import("./types.js").Caption[]} captions */
  transcribe(captions) {
    for (const { participant, key, text, language, final = true, by = null } of captions) {
      const one = this.#find(participant);
      if (one) this.#emit("transcriptionReceived", [{ id: `${by}/${participant}/${key}`, text, language, final, by }], one);
    }
  }

  /** All networks that the server knows. @param {import("./types.js").Networks["networks"]} networks */
  takeNetworks(networks) {
    this.#networks.take(networks, this.#local.id);
    this.#tellQualities();
  }

  /** What one's own statistics say. @param {import("./types.js").ConnectionQuality} quality */
  findOwn(quality) {
    if (this.#networks.find(quality, this.#local.id)) this.#tellQualities();
  }

  /** @param {string} id */
  #find(id) {
    return id === this.#local.id ? this.#local : this.participants.get(id);
  }

  #tellQualities() {
    for (const participant of [this.#local, ...this.participants.values()]) {
      const quality = this.#networks.levels.get(participant.id);
      if (quality === participant.connectionQuality) continue;
      participant.connectionQuality = quality;
      this.#emit("connectionQualityChanged", quality, participant);
    }
  }
}

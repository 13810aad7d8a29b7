/** Who is there besides oneself. */

/**
 * @typedef {import("./types.js").Participant} Participant
 * @typedef {import("./room-types.js").RoomEvents} RoomEvents
 * @typedef {"participantConnected" | "participantChanged" | "participantDisconnected" | "localChanged"} Change
 */

export class Roster {
  /** @type {Map<string, Participant>} */
  participants = new Map();
  #local;
  #emit;

  /**
   * @param {import("./local.js").LocalParticipant} local  keeps what the server says of oneself
   * @param {<Name extends Change>(name: Name, ...args: RoomEvents[Name]) => void} emit
   */
  constructor(local, emit) {
    this.#local = local;
    this.#emit = emit;
  }

  /** @param {Participant} participant */
  upsert(participant) {
    if (participant.id === this.#local.id) {
      this.#local.know(participant);
      return this.#emit("localChanged");
    }
    const known = this.participants.has(participant.id);
    this.participants.set(participant.id, participant);
    this.#emit(known ? "participantChanged" : "participantConnected", participant);
  }

  /** @param {string} id @param {string} reason */
  remove(id, reason) {
    const participant = this.participants.get(id);
    if (!participant) return;
    this.participants.delete(id);
    this.#emit("participantDisconnected", participant, reason);
  }

  /** The roster of a `welcome` is the truth. @param {Participant[]} present */
  reconcile(present) {
    const ids = new Set(present.map(({ id }) => id));
    for (const id of [...this.participants.keys()]) if (!ids.has(id)) this.remove(id, "left");
    for (const participant of present) this.upsert(participant);
  }
}

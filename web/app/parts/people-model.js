/** What of a Room the stage and the panels show, in one shape for oneself and the others. */

/**
 * @typedef {import("/sdk/room.js").Room} Room
 * @typedef {import("/sdk/types.js").Source} Source
 *
 * @typedef {object} Person
 * @property {string} id
 * @property {string} name
 * @property {boolean} self
 * @property {import("/sdk/types.js").Role} role
 * @property {boolean} guest
 * @property {import("/sdk/types.js").Connection} connection
 * @property {boolean} mic  sends sound
 * @property {boolean} cam
 * @property {boolean} screen
 */

/** Oneself first, the others in the order of their coming. @param {Room} room @returns {Person[]} */
export function peopleOf(room) {
  return [self(room), ...[...room.participants.values()].map(other)];
}

/** @param {Room} room @returns {Person} */
function self({ localParticipant: own }) {
  return {
    id: own.id,
    name: own.name,
    self: true,
    role: own.role,
    guest: false,
    connection: "connected",
    mic: own.isMicrophoneEnabled,
    cam: own.isCameraEnabled,
    screen: own.isScreenShareEnabled,
  };
}

/** @param {import("/sdk/types.js").Participant} participant @returns {Person} */
function other({ id, name, role, guest, connection, tracks }) {
  const sends = (/** @type {Source} */ source) => tracks.some((track) => track.source === source && !track.muted);
  return {
    id,
    name,
    self: false,
    role,
    guest,
    connection,
    mic: sends("microphone"),
    cam: sends("camera"),
    screen: sends("screen"),
  };
}

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
 * @property {number | null} hand  Unix ms since when it is raised
 * @property {number} turn  1 for the hand that is up the longest, 0 for none
 * @property {string | null} picture
 * @property {boolean} spotlight
 */

/** Oneself first, the others in the order of their coming. @param {Room} room @returns {Person[]} */
export function peopleOf(room) {
  const people = [self(room), ...[...room.participants.values()].map(other)];
  const raised = people.filter(({ hand }) => hand).sort((a, b) => Number(a.hand) - Number(b.hand));
  raised.forEach((person, index) => (person.turn = index + 1));
  for (const person of people) person.spotlight = person.id === room.meeting.about.spotlight;
  return people;
}

/** @param {Room} room @returns {Person} */
function self({ localParticipant: own }) {
  return {
    id: own.id,
    name: own.name,
    self: true,
    role: own.role,
    guest: own.guest,
    connection: "connected",
    mic: own.isMicrophoneEnabled,
    cam: own.isCameraEnabled,
    screen: own.isScreenShareEnabled,
    hand: own.hand,
    turn: 0,
    picture: own.picture,
    spotlight: false,
  };
}

/** @param {import("/sdk/types.js").Participant} participant @returns {Person} */
function other({ id, name, role, guest, connection, tracks, hand, picture }) {
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
    hand: hand ?? null,
    turn: 0,
    picture: picture ?? null,
    spotlight: false,
  };
}

/** What of a Room the stage and the panels show, in one shape for oneself and the others. */

/**
 * @typedef {import("/sdk/room.js").Room} Room
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
 * @property {import("/sdk/types.js").ConnectionQuality | undefined} network
 * @property {boolean} spotlight
 */

/** Oneself first, the others in the order of their coming. @param {Room} room @returns {Person[]} */
export function peopleOf(room) {
  const others = [...room.remoteParticipants.values()];
  const people = [personOf(room.localParticipant, true), ...others.map((participant) => personOf(participant, false))];
  const raised = people.filter(({ hand }) => hand).sort((a, b) => Number(a.hand) - Number(b.hand));
  raised.forEach((person, index) => (person.turn = index + 1));
  for (const person of people) person.spotlight = person.id === room.meeting.about.spotlight;
  return people;
}

/**
 * @param {import("/sdk/participant.js").Participant<any>} participant
 * @param {boolean} self
 * @returns {Person}
 */
function personOf(participant, self) {
  const { id, name, role, guest, hand, picture, connectionQuality: network } = participant;
  const { isMicrophoneEnabled: mic, isCameraEnabled: cam, isScreenShareEnabled: screen } = participant;
  const connection = self ? "connected" : participant.connection;
  return { id, name, self, role, guest, connection, mic, cam, screen, hand, turn: 0, picture, network, spotlight: false };
}

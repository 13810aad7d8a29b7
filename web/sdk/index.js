export { createRoom, enterRoom, request } from "./api.js";
export * from "./devices.js";
export { Encryption } from "./encryption.js";
export { TrebleError } from "./errors.js";
export { downloadChat, downloadFile, uploadFile } from "./files.js";
export { LocalTrack, LocalTrackPublication } from "./local-publications.js";
export { LocalParticipant } from "./local.js";
export { Participant } from "./participant.js";
export { CHANGEABLE_ACTIONS, ROLES, choices, outranks, usual } from "./permissions.js";
export { RemoteParticipant, RemoteTrack, RemoteTrackPublication } from "./remote.js";
export { Room } from "./room.js";
export { newSecret } from "./secret.js";
export { Session } from "./session.js";
export { isAtOrAfter, watchPicture } from "./slots.js";
export { Track } from "./track.js";

/**
 * @typedef {import("./room-types.js").RoomOptions} RoomOptions
 * @typedef {import("./room-types.js").RoomEvents} RoomEvents
 * @typedef {import("./types.js").Source} Source
 * @typedef {import("./types.js").Role} Role
 * @typedef {import("./types.js").Tile} Tile
 * @typedef {import("./types.js").ConnectionQuality} ConnectionQuality
 * @typedef {import("./slots.js").Slot} Slot
 * @typedef {import("./remote.js").VideoQuality} VideoQuality
 * @typedef {import("./chat-types.js").Message} ChatMessage
 * @typedef {import("./captions.js").TranscriptionSegment} TranscriptionSegment
 */

export { createRoom, enterRoom, request } from "./api.js";
export * from "./devices.js";
export { Encryption } from "./encryption.js";
export { TrebleError } from "./errors.js";
export { downloadChat, downloadFile, uploadFile } from "./files.js";
export { CHANGEABLE_ACTIONS, ROLES, choices, outranks, usual } from "./permissions.js";
export { Room } from "./room.js";
export { Session } from "./session.js";
export { isAtOrAfter, watchPicture } from "./slots.js";

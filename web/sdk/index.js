export { createRoom, enterRoom } from "./api.js";
export { downloadChat, downloadFile, uploadFile } from "./files.js";
export * from "./devices.js";
export { TrebleError } from "./errors.js";
export { CHANGEABLE_ACTIONS, ROLES, choices, outranks, usual } from "./permissions.js";
export { Room } from "./room.js";
export { isAtOrAfter, watchPicture } from "./slots.js";

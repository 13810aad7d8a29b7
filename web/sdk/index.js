export { createRoom, enterRoom, request } from "./api.js";
export * from "./devices.js";
export { TrebleError } from "./errors.js";
export { Room } from "./room.js";
export { Session } from "./session.js";
export { isAtOrAfter, watchPicture } from "./slots.js";

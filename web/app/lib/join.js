/** From the pre-join's choices to a connected Room: a token by the right way, then the SDK. */

import { createRoom, enterRoom } from "/sdk/api.js";
import { Room } from "/sdk/room.js";
import { chosenCapture, chosenSendCap, isPhone } from "./capture.js";
import { invitationPath } from "./link.js";
import { prefs } from "./prefs.js";

/**
 * @typedef {import("./link.js").Invitation} Invitation
 *
 * @typedef {object} Choices
 * @property {Invitation | null} invitation  null: make a room
 * @property {import("/sdk/session.js").Session} session  who joins; nobody becomes a guest
 * @property {import("../parts/meeting-options.js").Wishes} wishes  for a new room
 * @property {string} name
 * @property {MediaStreamTrack | null} microphone
 * @property {MediaStreamTrack | null} camera
 */

const DESKTOP_SLOTS = 9 + 3;
const PHONE_SLOTS = 4 + 2;
const CODECS = /** @type {const} */ (["vp8", "vp9", "h264", "av1"]);

/** What the camera is sent in; `?debug&codec=vp9&mode=L3T3_KEY&load=off` for tests, which make machines busy. */
function chosenSending() {
  const query = new URLSearchParams(location.search);
  const debug = query.has("debug");
  const videoCodec = CODECS.find((codec) => debug && codec === query.get("codec"));
  const scalabilityMode = (debug && query.get("mode")) || undefined;
  const sparing = !(debug && query.get("load") === "off");
  return { videoCodec, scalabilityMode, sparing, sendCap: chosenSendCap(), motion: prefs.motion };
}

/**
 * Join. `onRoom` is given the Room before it is connected, so that its events can be heard.
 *
 * @param {Choices} choices
 * @param {(room: Room, invitation: Invitation) => void} onRoom
 * @returns {Promise<{room: Room, invitation: Invitation}>}
 */
export async function joinRoom({ invitation, session, wishes, name, microphone, camera }, onRoom) {
  if (session.kind === "nobody") await session.asGuest(name);
  const { token, invitation: entered } = invitation
    ? { token: await enter(session, invitation, name), invitation }
    : await start(session, name, wishes);
  const room = new Room({
    microphone,
    camera,
    cameraProcessor: prefs.background === "none" ? null : (await import("./late-blur.js")).lateBlur(),
    capture: chosenCapture(),
    ...chosenSending(),
    slots: isPhone() ? PHONE_SLOTS : DESKTOP_SLOTS,
    encryption: entered.secret ? { secret: entered.secret } : undefined,
    renewToken: () => enter(session, entered, name),
  });
  onRoom(room, entered);
  await room.connect(location.origin, token);
  return { room, invitation: entered };
}

/**
 * Make a room and put its invitation into the address bar.
 *
 * @param {import("/sdk/session.js").Session} session
 * @param {string} name
 * @param {import("../parts/meeting-options.js").Wishes} wishes
 */
async function start(session, name, wishes) {
  const bearer = await session.bearer();
  const secret = wishes.settings?.e2ee && (await import("/sdk/secret.js")).newSecret();
  const { room, password, token } = await createRoom(location.origin, name, { bearer, ...wishes });
  const invitation = { room: wishes.alias ?? room, password, ...(secret && { secret }) };
  showInAddress(invitation);
  return { token, invitation };
}

/** @param {Invitation} invitation */
export function showInAddress(invitation) {
  history.replaceState(null, "", invitationPath(invitation).replace(/(?=#)|$/, location.search));
}

/** @param {import("/sdk/session.js").Session} session @param {Invitation} invitation @param {string} name */
async function enter(session, { room, password }, name) {
  const { token } = await enterRoom(location.origin, room, password, name, await session.bearer());
  return token;
}

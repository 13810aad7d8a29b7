/**
 * Invitations: `https://host/r/<room>#<password>`, or what people make of them. Of an end-to-end encrypted meeting also its
 * secret: `#<password>&e2ee=<secret>`. Browsers send nothing of a fragment.
 */

/** @typedef {{room: string, password: string, secret?: string}} Invitation  `secret`: of end-to-end encryption */

const SECRET = "&e2ee=";

const ROOM = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * The room and password of a pasted link or code; null where there is none.
 *
 * @param {string} text  a link, `room#password` or a code alone, perhaps with words of a mail around it
 * @returns {Invitation | null}
 */
export function parseInvitation(text) {
  const [link] = text.match(/(?:https?:\/\/)?[^\s<>"]*\/r\/[^\s<>"]+/) ?? [];
  return parseCode(link ? link.slice(link.indexOf("/r/") + 3) : text.trim());
}

/**
 * The room of the page's own address.
 *
 * @param {{pathname: string, hash: string}} address
 * @returns {Invitation | null}
 */
export function parseAddress({ pathname, hash }) {
  const [, room] = pathname.match(/^\/r\/([^/]+)\/?$/) ?? [];
  return room ? parseCode(room + hash) : null;
}

/** @param {string} origin @param {Invitation} invitation */
export function invitationLink(origin, invitation) {
  return origin + invitationPath(invitation);
}

/** @param {Invitation} invitation */
export function invitationPath({ room, password, secret }) {
  const fragment = encodeURIComponent(password) + (secret ? SECRET + encodeURIComponent(secret) : "");
  return `/r/${encodeURIComponent(room)}${fragment && `#${fragment}`}`;
}

/** @param {string} code  `room`, `room?query#password` */
function parseCode(code) {
  const [beforeHash, ...rest] = code.split("#");
  const room = decode(beforeHash.split("?")[0].replace(/\/+$/, ""));
  if (!ROOM.test(room)) return null;
  const [password, secret] = rest.join("#").split(SECRET);
  return { room, password: decode(password), ...(secret && { secret: decode(secret) }) };
}

/** @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

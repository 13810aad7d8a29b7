/** The page: which screen is shown, by the address and by what happens. */

import { TrebleError } from "/sdk/index.js";
import { invitationPath, parseAddress } from "./lib/link.js";
import { loadStrings, t } from "./lib/strings.js";
import { useTheme } from "./lib/theme.js";
import { callScreen } from "./screens/call.js";
import { homeScreen } from "./screens/home.js";
import { leftScreen } from "./screens/left.js";
import { prejoinScreen } from "./screens/prejoin.js";
import { waitingScreen } from "./screens/waiting.js";

/**
 * @typedef {import("./lib/link.js").Invitation} Invitation
 * @typedef {import("/sdk/room.js").Room} Room
 * @typedef {{element: HTMLElement, close: () => void, focus?: () => void}} Screen
 */

/** @type {Screen | null} */
let current = null;
/** @type {Room | null} */
let inRoom = null;
/** Of the room that one is or was in. @type {Invitation | null} */
let entered = null;
const debug = new URLSearchParams(location.search).has("debug");

/** @param {string} name @param {Screen} screen @param {string} [title] */
function show(name, screen, title) {
  current?.close();
  current = screen;
  document.body.dataset.screen = name;
  document.title = title ? `${title} · ${t("app.name")}` : t("app.name");
  document.querySelector("#screen")?.replaceChildren(screen.element);
  screen.focus?.();
}

/** The screen of the address: a room's, or home. */
function showAddress() {
  const invitation = parseAddress(location);
  if (invitation) showPrejoin(invitation);
  else if (location.hash === "#new") showPrejoin(null);
  else showHome();
}

function showHome() {
  show("home", homeScreen({ start: () => goTo("/#new"), join: (invitation) => goTo(invitationPath(invitation)) }));
}

/** @param {string} path */
function goTo(path) {
  const [beforeHash, hash = ""] = path.split("#");
  history.pushState(null, "", `${beforeHash}${location.search}${hash && `#${hash}`}`);
  showAddress();
}

/** @param {Invitation | null} invitation */
function showPrejoin(invitation) {
  show("prejoin", prejoinScreen(invitation, { joined: showCall, room: follow }));
}

/** @param {Room} room */
function follow(room) {
  inRoom = room;
  room.on("disconnected", (reason) => {
    if (inRoom === room) inRoom = null;
    if (["call", "waiting"].includes(document.body.dataset.screen ?? "")) showLeft(reason);
  });
  room.on("waiting", (reason) => {
    if (document.body.dataset.screen !== "waiting") show("waiting", waitingScreen(room, reason), t("wait.title"));
  });
  room.on("entered", () => {
    if (document.body.dataset.screen === "waiting" && entered) showCall(room, entered); // again, after a lost Session
  });
  if (debug) expose(room);
}

/** For browser tests, by `?debug` only. @param {Room} room */
function expose(room) {
  const handle = { room, get pc() { return room.peerConnection; }, get signal() { return room.signal; } };
  Object.defineProperty(window, "treble", { value: handle, configurable: true });
}

/** @param {Room} room @param {Invitation} invitation */
function showCall(room, invitation) {
  if (room.state === "disconnected") return showLeft(new TrebleError("lost"));
  if (document.body.dataset.screen === "call") return;
  entered = invitation;
  show("call", callScreen(room, invitation), t("call.title"));
}

/** @param {TrebleError} reason */
function showLeft(reason) {
  show("left", leftScreen(reason, { rejoin: showAddress, home: () => goTo("/") }));
}

/** Leave the room when the page goes, also into the back/forward cache. */
function onPageHide() {
  inRoom?.disconnect();
}

useTheme();
await loadStrings();
addEventListener("pagehide", onPageHide);
addEventListener("popstate", () => {
  inRoom?.disconnect();
  showAddress();
});
addEventListener("online", () => inRoom?.retryNow());
showAddress();

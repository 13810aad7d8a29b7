/** The page: which screen is shown, by the address and by what happens. */

import { Session, TrebleError } from "/sdk/index.js";
import { Account, providerFailure } from "./lib/account.js";
import { invitationPath } from "./lib/link.js";
import { options } from "./lib/prefs.js";
import { forgetRooms, rememberRoom } from "./lib/recent.js";
import { routeOf, safeReturn } from "./lib/routes.js";
import { t } from "./lib/strings.js";
import { useTheme } from "./lib/theme.js";
import { accountScreen } from "./screens/account.js";
import { callScreen } from "./screens/call.js";
import { homeScreen } from "./screens/home.js";
import { leftScreen } from "./screens/left.js";
import { prejoinScreen } from "./screens/prejoin.js";
import { resetScreen } from "./screens/reset.js";
import { signInScreen } from "./screens/sign-in.js";
import { signUpScreen } from "./screens/sign-up.js";
import { verifyScreen } from "./screens/verify.js";
import { waitingScreen } from "./screens/waiting.js";
import { words } from "./words.js";

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

const session = new Session(location.origin);
const account = new Account(session);
/** @type {import("./parts/quiet-page.js").App} */
const app = { session, account, goTo, goOn, signOut };

/** @param {string} name @param {Screen} screen @param {string} [title] */
function show(name, screen, title) {
  const isNext = current !== null;
  current?.close();
  current = screen;
  document.body.dataset.screen = name;
  document.title = title ? `${title} · ${t("app.name")}` : t("app.name");
  document.querySelector("#screen")?.replaceChildren(screen.element);
  if (screen.focus) screen.focus();
  else if (isNext) focusHeading(screen.element);
}

/** So that a screen reader says where one is now. @param {HTMLElement} screen */
function focusHeading(screen) {
  const heading = screen.querySelector("h1");
  heading?.setAttribute("tabindex", "-1");
  heading?.focus();
}

/** The screen of the address. */
function showAddress() {
  const route = routeOf(location);
  if (route.screen === "room") return showPrejoin(route.invitation);
  if (route.screen === "new") return showPrejoin(null);
  if (route.screen === "home") return show("home", homeScreen(app, (invitation) => goTo(invitationPath(invitation))));
  if (route.screen === "check") return void showCheck();
  showAccountPage(route);
}

async function showCheck() {
  const { checkScreen } = await import("./screens/check.js");
  if (routeOf(location).screen === "check") show("check", checkScreen(app), t("check.title"));
}

/** @param {{screen: string, code: string}} route */
function showAccountPage({ screen, code }) {
  const failed = providerFailure(cameBack);
  const linked = cameBack === "linked";
  cameBack = "";
  if (screen === "sign-up") return show(screen, signUpScreen(app), t("sign-up.title"));
  if (screen === "reset") return show(screen, resetScreen(app, code), t("reset.title"));
  if (screen === "verify") return show(screen, verifyScreen(app, code), t("verify.title"));
  if (session.kind === "account" && (screen === "profile" || linked || failed)) {
    history.replaceState(null, "", `/account/profile${location.search}`);
    return show("profile", accountScreen(app, failed), t("account.title"));
  }
  if (screen === "profile") wish("/account/profile");
  show("sign-in", signInScreen(app, { failed }), t("sign-in.title"));
}

/** The result of a provider's pages, which stands in the address once. */
function takeResult() {
  const address = new URL(location.href);
  const result = address.searchParams.get("oauth") ?? "";
  if (result) {
    address.searchParams.delete("oauth");
    history.replaceState(null, "", address.pathname + address.search + address.hash);
  }
  return result;
}

/** Where to go on after signing in; a provider's pages come between, so the tab keeps it. @param {string} path */
function wish(path) {
  sessionStorage.setItem("treble.return", path);
}

/** @param {string} path */
function goTo(path) {
  if (path === "/account/sign-in" && !routeIsOfAccount()) wish(location.pathname + location.hash);
  const [beforeHash, hash = ""] = path.split("#");
  history.pushState(null, "", `${beforeHash}${location.search}${hash && `#${hash}`}`);
  showAddress();
}

function routeIsOfAccount() {
  return !["home", "new", "room", "check"].includes(routeOf(location).screen);
}

function goOn() {
  const path = safeReturn(sessionStorage.getItem("treble.return"));
  sessionStorage.removeItem("treble.return");
  goTo(path);
}

async function signOut() {
  forgetRooms();
  await session.end().catch(() => {});
  goTo("/");
}

/** @param {Invitation | null} invitation @param {boolean} [atOnce]  join without another click */
function showPrejoin(invitation, atOnce) {
  show("prejoin", prejoinScreen(app, invitation, { joined: showCall, room: follow, atOnce, failed: (error) => frame?.failed(error) }));
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
  room.on("connected", () => {
    if (document.body.dataset.screen === "waiting" && entered) showCall(room, entered); // again, after a lost Session
  });
  frame?.follow(room);
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
  keepInMind(room, invitation);
  show("call", callScreen(room, invitation), t("call.title"));
}

/** Among the recent meetings, with its title as far as it is known. @param {Room} room @param {Invitation} invitation */
function keepInMind(room, invitation) {
  const remember = () => rememberRoom({ ...invitation, title: room.meeting.about.title, at: Date.now() });
  room.on("aboutChanged", remember);
  remember();
}

/** @param {TrebleError} reason */
function showLeft(reason) {
  const rejoin = () => (reason.code === "elsewhere" && entered ? showPrejoin(entered, true) : showAddress());
  show("left", leftScreen(reason, { rejoin, home: () => goTo("/") }));
}

/** Leave the room when the page goes, also into the back/forward cache. */
function onPageHide() {
  inRoom?.disconnect();
}

const frame = options.embedder ? (await import("./lib/embed.js")).embedded(options.embedder) : null;
document.documentElement.toggleAttribute("data-embed", frame !== null);
document.documentElement.dataset.without = [...options.without].join(" ");
useTheme();
let cameBack = takeResult();
const mayBeKnown = cameBack !== "" || routeIsOfAccount();
await Promise.all([words, session.restore({ ask: mayBeKnown }).catch(() => {})]);
addEventListener("pagehide", onPageHide);
addEventListener("popstate", () => {
  inRoom?.disconnect();
  showAddress();
});
addEventListener("online", () => inRoom?.retryNow());
session.on("ended", () => routeIsOfAccount() && showAddress());
if (cameBack === "ok") {
  cameBack = "";
  goOn();
} else showAddress();

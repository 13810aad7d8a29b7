/** The page: which screen is shown, by the address and by what happens. */

import { TrebleError } from "/sdk/errors.js";
import { Session } from "/sdk/session.js";
import { invitationPath } from "./lib/link.js";
import { options } from "./lib/prefs.js";
import { forgetRooms, rememberRoom } from "./lib/recent.js";
import { routeOf, safeReturn } from "./lib/routes.js";
import { moreStrings, t } from "./lib/strings.js";
import { needStyles } from "./lib/styles.js";
import { useTheme } from "./lib/theme.js";
import { bring } from "./parts/lazy.js";
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
/** @type {import("./parts/quiet-page.js").App} */
const app = { session, account: /** @type {any} */ (null), goTo, goOn, signOut };

/** On the way into a call, with the words that come first. */
const FIRST = ["home", "prejoin", "call", "left"];
/** The style sheets of each screen. @type {{[screen: string]: string[]}} */
const STYLES = {
  home: ["home"],
  prejoin: ["prejoin"],
  waiting: ["prejoin", "waiting"],
  call: ["in-call"],
  left: ["home"],
  check: ["account", "prejoin", "settings"],
};
/** The screen that is shown, or that comes as soon as it is loaded. */
let showing = "";
let turn = 0;

/**
 * Show a screen once it is loaded, unless another one is wanted by then.
 *
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} load
 * @param {(module: T) => Screen} make
 * @param {string} [title]
 */
function show(name, load, make, title) {
  const mine = ++turn;
  showing = name;
  const all = () => Promise.all([load(), needStyles(...(STYLES[name] ?? ["account"])), FIRST.includes(name) || moreStrings()]);
  return bring(document.body, all, ([module]) => mine === turn && put(name, make(module), title));
}

/** @param {string} name @param {Screen} screen @param {string} [title] */
function put(name, screen, title) {
  const isNext = current !== null;
  current?.close();
  current = screen;
  document.body.dataset.screen = name;
  document.title = title ? `${title} · ${t("app.name")}` : t("app.name");
  document.querySelector("#screen")?.replaceChildren(screen.element);
  if (screen.focus) screen.focus();
  else if (isNext) focusHeading(screen.element);
  queueMicrotask(warm);
}

/** With a screen to look at, fetch what a call needs. */
function warm() {
  const later = /** @type {HTMLTemplateElement | null} */ (document.querySelector("#later"));
  if (!later) return;
  document.head.append(later.content);
  later.remove();
  needStyles(...STYLES.prejoin, ...STYLES.call).catch(() => {});
  import("./lib/offline.js").then(({ keepOfflinePage }) => keepOfflinePage()).catch(() => {});
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
  if (route.screen === "home") {
    return show("home", () => import("./screens/home.js"), ({ homeScreen }) => homeScreen(app, (invitation) => goTo(invitationPath(invitation))));
  }
  if (route.screen === "check") {
    return show("check", () => import("./screens/check.js"), ({ checkScreen }) => checkScreen(app), t("check.title"));
  }
  return showAccountPage(route);
}

/** @param {{screen: string, code: string}} route */
function showAccountPage({ screen, code }) {
  const failed = cameBack && cameBack !== "ok" && cameBack !== "linked" ? new TrebleError(cameBack) : null;
  const linked = cameBack === "linked";
  cameBack = "";
  if (screen === "sign-up") {
    return showOfAccount(screen, () => import("./screens/sign-up.js"), ({ signUpScreen }) => signUpScreen(app), t("sign-up.title"));
  }
  if (screen === "reset") {
    return showOfAccount(screen, () => import("./screens/reset.js"), ({ resetScreen }) => resetScreen(app, code), t("reset.title"));
  }
  if (screen === "verify") {
    return showOfAccount(screen, () => import("./screens/verify.js"), ({ verifyScreen }) => verifyScreen(app, code), t("verify.title"));
  }
  if (session.kind === "account" && (screen === "profile" || linked || failed)) {
    history.replaceState(null, "", `/account/profile${location.search}`);
    return showOfAccount("profile", () => import("./screens/account.js"), ({ accountScreen }) => accountScreen(app, failed), t("account.title"));
  }
  if (screen === "profile") wish("/account/profile");
  return showOfAccount("sign-in", () => import("./screens/sign-in.js"), ({ signInScreen }) => signInScreen(app, { failed }), t("sign-in.title"));
}

/** With what can be asked of an account. @type {typeof show} */
function showOfAccount(name, load, make, title) {
  const both = async () => {
    const [module, { Account }] = await Promise.all([load(), import("./lib/account.js")]);
    app.account ??= new Account(session);
    return module;
  };
  return show(name, both, make, title);
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
  const failed = (/** @type {TrebleError} */ error) => frame?.failed(error);
  const go = { joined: showCall, room: follow, atOnce, failed };
  const load = () => Promise.all([import("./screens/prejoin.js"), invitation ? null : import("./parts/meeting-options.js")]);
  return show("prejoin", load, ([{ prejoinScreen }, forNew]) => prejoinScreen(app, invitation, go, forNew?.meetingOptions));
}

/** @param {Room} room @param {Invitation} invitation */
function follow(room, invitation) {
  inRoom = room;
  entered = invitation;
  room.on("disconnected", (reason) => {
    if (inRoom === room) inRoom = null;
    if (showing === "call" || showing === "waiting") showLeft(reason, room);
  });
  room.on("waiting", (reason) => showWaiting(room, reason));
  room.on("connected", () => {
    if (showing === "waiting") showCall(room, invitation);
  });
  frame?.follow(room);
  if (debug) expose(room);
}

/** @param {Room} room @param {"host" | "knock"} reason */
function showWaiting(room, reason) {
  const isThere = document.body.dataset.screen === "waiting" && showing === "waiting";
  if (isThere) return; // it hears for itself
  show("waiting", () => import("./screens/waiting.js"), ({ waitingScreen }) => waitingScreen(room, reason), t("wait.title"));
}

/** For browser tests, by `?debug` only. @param {Room} room */
function expose(room) {
  const handle = { room, get pc() { return room.peerConnection; }, get signal() { return room.signal; } };
  Object.defineProperty(window, "treble", { value: handle, configurable: true });
}

/** @param {Room} room @param {Invitation} invitation */
function showCall(room, invitation) {
  if (room.state === "disconnected") return showLeft(new TrebleError("lost"), room);
  if (showing === "call") return;
  keepInMind(room, invitation);
  show("call", () => import("./screens/call.js"), ({ callScreen }) => callScreen(room, invitation), t("call.title"));
}

/** Among the recent meetings, with its title as far as it is known. @param {Room} room @param {Invitation} invitation */
function keepInMind(room, invitation) {
  const remember = () => rememberRoom({ ...invitation, title: room.meeting.about.title, at: Date.now() });
  room.on("aboutChanged", remember);
  remember();
}

/** @param {TrebleError} reason @param {Room} room */
function showLeft(reason, room) {
  const rejoin = () => (reason.code === "elsewhere" && entered ? showPrejoin(entered, true) : showAddress());
  const go = { rejoin, home: () => goTo("/") };
  show("left", () => import("./screens/left.js"), ({ leftScreen }) => leftScreen(reason, room, go));
}

/** The page in which this one is a frame. @type {ReturnType<typeof import("./lib/embed.js").embedded> | null} */
let frame = null;
let cameBack = takeResult();

async function start() {
  if (options.embedder) frame = (await import("./lib/embed.js")).embedded(options.embedder);
  document.documentElement.toggleAttribute("data-embed", frame !== null);
  document.documentElement.dataset.without = [...options.without].join(" ");
  useTheme();
  const mayBeKnown = cameBack !== "" || routeIsOfAccount();
  await Promise.all([words, session.restore({ ask: mayBeKnown }).catch(() => {})]);
  addEventListener("pagehide", () => inRoom?.disconnect()); // also into the back/forward cache
  addEventListener("popstate", () => {
    inRoom?.disconnect();
    showAddress();
  });
  addEventListener("online", () => inRoom?.retryNow());
  // Who goes by keys does not lose the focus.
  addEventListener("keyup", () => document.activeElement?.localName === "input" || import("./parts/keep-focus.js").then(({ keepFocus }) => keepFocus(), () => {}));
  session.on("ended", () => {
    if (!routeIsOfAccount()) return;
    if (app.account) app.account.loss = t("session.ended");
    showAddress();
  });
  if (cameBack === "ok") {
    cameBack = "";
    goOn();
  } else showAddress();
}

start();

/** Which screen an address means. */

import { parseAddress } from "./link.js";

/**
 * @typedef {{screen: "home"} | {screen: "check"} | {screen: "new"} | {screen: "room", invitation: import("./link.js").Invitation}
 *   | {screen: "sign-in" | "sign-up" | "reset" | "verify" | "profile", code: string}} Route
 */

const ACCOUNT_PAGES = /** @type {const} */ (["sign-in", "sign-up", "reset", "verify", "profile"]);

/**
 * The codes of mails stand in the fragment, which no server and no log ever sees.
 *
 * @param {{pathname: string, hash: string}} address
 * @returns {Route}
 */
export function routeOf(address) {
  const invitation = parseAddress(address);
  if (invitation) return { screen: "room", invitation };
  const screen = ACCOUNT_PAGES.find((name) => address.pathname === `/account/${name}`);
  if (screen) return { screen, code: address.hash.slice(1) };
  if (address.pathname === "/check") return { screen: "check" };
  return address.hash === "#new" ? { screen: "new" } : { screen: "home" };
}

/**
 * Where to go on after signing in: a path of this page, whatever was asked for; home otherwise.
 *
 * @param {string | null} wish
 */
export function safeReturn(wish) {
  return wish && /^\/(?![/\\])[\w\-/#%.~&=]*$/.test(wish) ? wish : "/";
}

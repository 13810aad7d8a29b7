/**
 * Who may do what, unless a host says otherwise: the twin of `signaling/permissions.py`. The server decides; this is for
 * showing what can be chosen.
 *
 * @typedef {import("./types.js").Role} Role
 * @typedef {"allow" | "ask" | "deny"} Verdict
 * @typedef {string} Action
 */

/** @type {Role[]} */
export const ROLES = ["host", "co-host", "speaker", "viewer"];
/** From the least to the most strict. @type {Verdict[]} */
export const VERDICTS = ["allow", "ask", "deny"];

const WORDS = /** @type {const} */ ({ A: "allow", K: "ask", D: "deny" });

/** Co-host, speaker, viewer: what holds by itself, and how far a host may go. @type {{[action: Action]: [string, string]}} */
const CHANGEABLE = {
  enter: ["AKK", "AAA"],
  talk: ["AAD", "AAA"],
  show: ["AAD", "AAA"],
  share: ["AKD", "AAA"],
  rename: ["AKK", "AAA"],
  picture: ["AKK", "AAA"],
  chat: ["AAA", "AAA"],
  whisper: ["AAD", "AAA"],
  history: ["ADD", "AAA"],
  files: ["AAD", "AAA"],
  react: ["AAA", "AAA"],
  hand: ["AAA", "AAA"],
  record: ["KDD", "AKD"],
  broadcast: ["KDD", "AKD"],
  caption: ["ADD", "AAA"],
  invite: ["ADD", "AAA"],
};

/** Actions whose verdicts a host may set, in the order of the table. */
export const CHANGEABLE_ACTIONS = Object.keys(CHANGEABLE);
/** @type {{[source in import("./types.js").Source]: Action}} */
export const PUBLISH = { microphone: "talk", camera: "show", screen: "share", "screen-audio": "share" };

/** The verdict of a role where no host has said anything. @param {Role} role @param {Action} action */
export function usual(role, action) {
  return role === "host" ? "allow" : verdictOf(role, CHANGEABLE[action][0]);
}

/** What a host may choose for a role, the least strict first. @param {Role} role @param {Action} action @returns {Verdict[]} */
export function choices(role, action) {
  if (role === "host") return ["allow"];
  return VERDICTS.slice(VERDICTS.indexOf(verdictOf(role, CHANGEABLE[action][1])));
}

/** Whether host controls of `actor` reach `target`. @param {Role} actor @param {Role} target */
export function outranks(actor, target) {
  return ROLES.indexOf(actor) < ROLES.indexOf(target);
}

/** @param {Role} role @param {string} row @returns {Verdict} */
function verdictOf(role, row) {
  return WORDS[/** @type {"A" | "K" | "D"} */ (row[ROLES.indexOf(role) - 1])];
}

/** A line of the log in words. What is not known is shown as it was noted. */

import { hasText, t } from "./strings.js";

/** @typedef {import("/sdk/host-types.js").AuditEntry} AuditEntry */

const OUTCOMES = ["allow", "deny", "expired"];
/** Noted without a subject where all are meant, or nobody is any more. @type {{[action: string]: string}} */
const WITHOUT_SUBJECT = { mute: "all", "stop-camera": "all", "stop-share": "all", "lower-hands": "all", spotlight: "end" };

/** @param {AuditEntry} entry */
export function auditWords({ action, actor, subject = "", detail = "" }) {
  const key = keyOf(action, actor, subject, detail);
  const values = { actor, subject, detail: detailOf(action, detail), action: nameOf("action", action) };
  return hasText(key) ? t(key, values) : [actor, action, subject, detail].filter(Boolean).join(" · ");
}

/** @param {string} action @param {string} actor @param {string} subject @param {string} detail */
function keyOf(action, actor, subject, detail) {
  const [outcome] = detail.split(" ");
  if (subject && OUTCOMES.includes(outcome) && hasText(`action.${action}`)) return `audit.asked.${outcome}`;
  if (action === "lock") return `audit.lock.${detail}`;
  if (action === "caption" && detail === "off") return `audit.caption.off${actor ? "" : ".by-itself"}`;
  if (action === "hand-over" && !actor) return "audit.hand-over.by-itself";
  if (!subject && action in WITHOUT_SUBJECT) return `audit.${action}.${WITHOUT_SUBJECT[action]}`;
  return `audit.${action}`;
}

/** What follows the outcome, or what the parts of the detail are called. @param {string} action @param {string} detail */
function detailOf(action, detail) {
  const [first, ...rest] = detail.split(" ");
  if (OUTCOMES.includes(first)) return rest.length ? `: ${rest.join(" ")}` : "";
  if (action === "permit") return `${nameOf("action", first)}: ${nameOf("verdict", rest.join(" "))}`;
  if (action === "roles") return nameOf("role", detail);
  return detail;
}

/** @param {string} kind @param {string} name */
function nameOf(kind, name) {
  return hasText(`${kind}.${name}`) ? t(`${kind}.${name}`) : name;
}

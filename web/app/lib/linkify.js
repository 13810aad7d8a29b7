/**
 * Text with what in it is a link. Only `http` and `https` become links, whatever was written; what follows a sentence
 * (dot, bracket) is not part of it. Pure.
 */

const LINK = /https?:\/\/[^\s<>"'`\u0000-\u001f\u007f\u200e\u200f\u202a-\u202e\u2066-\u2069]+/giu;
const TRAILING = /[.,;:!?…]+$/u;
const BRACKETS = { ")": "(", "]": "[", "}": "{" };

/**
 * @param {string} text
 * @returns {{text: string, href?: string}[]}
 */
export function linkify(text) {
  /** @type {{text: string, href?: string}[]} */
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    const shown = trim(match[0]);
    const href = safe(shown);
    if (!href) continue;
    if (match.index > end) parts.push({ text: text.slice(end, match.index) });
    parts.push({ text: shown, href });
    end = match.index + shown.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}

/** @param {string} link */
function trim(link) {
  for (;;) {
    const shorter = withoutBracket(link.replace(TRAILING, ""));
    if (shorter === link) return link;
    link = shorter;
  }
}

/** A closing bracket belongs to the link only where it was opened in it. @param {string} link */
function withoutBracket(link) {
  const last = /** @type {")" | "]" | "}"} */ (link.at(-1));
  const opening = BRACKETS[last];
  if (!opening) return link;
  const count = (/** @type {string} */ sign) => link.split(sign).length;
  return count(last) > count(opening) ? link.slice(0, -1) : link;
}

/** @param {string} link @returns {string | null} */
function safe(link) {
  try {
    const { protocol, hostname, username, password, href } = new URL(link);
    const plain = (protocol === "http:" || protocol === "https:") && hostname && !username && !password;
    return plain ? href : null;
  } catch {
    return null;
  }
}

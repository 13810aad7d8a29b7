/** From the words of one language to those of another: which words these are is known by themselves. Pure. */

/** Placeholders that stand for words; others are names and figures, which stay. */
const WORDS = new Set(["level", "reason", "kind"]);
const PLACEHOLDER = /\{(\w+)\}/g;

/**
 * @typedef {(key: string, values?: {[name: string]: string | number}) => string} Say
 *
 * @param {{[key: string]: string}} before  the words of the language that was spoken
 * @param {Say} t  in the one that is
 * @returns {(text: string) => string | null}  null: no words of the page
 */
export function translator(before, t) {
  /** @type {Map<string, string>} */
  const whole = new Map();
  for (const [key, text] of Object.entries(before)) if (!whole.has(text)) whole.set(text, baseOf(key));
  const patterns = Object.entries(before).filter(([, text]) => isTelling(text)).map(patternOf);
  patterns.sort((a, b) => b.literal - a.literal);

  /** @param {string} text */
  function exact(text) {
    const key = whole.get(text);
    return key === undefined ? null : t(key);
  }

  /** @param {string} text */
  function filled(text) {
    for (const { key, pattern } of patterns) {
      const groups = pattern.exec(text)?.groups;
      if (groups) return t(key, Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, valueOf(name, value)])));
    }
    return null;
  }

  /** @param {string} name @param {string} value */
  function valueOf(name, value) {
    const plain = value.replace(/^\u2068(.*)\u2069$/s, "$1");
    if (name === "n" && /^\d+$/.test(plain)) return Number(plain);
    return (WORDS.has(name) || plain === before.you ? exact(plain) : null) ?? plain;
  }

  /** A label with its key. @param {string} text */
  function keyed(text) {
    const [, label, key] = /^(.+) \((\w+)\)$/.exec(text) ?? [];
    const found = label && exact(label);
    return found ? `${found} (${key})` : null;
  }

  return (text) => exact(text) ?? keyed(text) ?? filled(text);
}

/** Without the plural. @param {string} key */
function baseOf(key) {
  return key.split("#")[0];
}

/** Whether there are words around the placeholders. @param {string} text */
function isTelling(text) {
  return text.includes("{") && /\p{L}/u.test(text.replace(PLACEHOLDER, ""));
}

/** @param {[string, string]} entry */
function patternOf([key, text]) {
  const pieces = text.split(PLACEHOLDER).map((piece, at) => (at % 2 ? group(piece) : piece.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")));
  return { key: baseOf(key), pattern: new RegExp(`^${pieces.join("")}$`, "su"), literal: text.replace(PLACEHOLDER, "").length };
}

/** @param {string} name */
function group(name) {
  return name === "n" ? "(?<n>[\\d.,]+)" : `(?<${name}>.+?)`;
}

/** The words of the interface: `strings/<language>.json`, one flat object of key to text with `{placeholders}`. */

/** @type {{[key: string]: string}} */
let strings = {};

/** @param {{[key: string]: string}} all */
export function useStrings(all) {
  strings = all;
}

/** Load a language; the page cannot speak without one, so a failure is thrown. */
export async function loadStrings(language = "en") {
  const response = await fetch(`/app/strings/${language}.json`);
  if (!response.ok) throw new Error(`strings: ${response.status}`);
  useStrings(await response.json());
}

/** @param {string} key */
export function hasText(key) {
  return Object.hasOwn(strings, key);
}

/**
 * The text of a key; an unknown key shows itself, so that it is seen and not silently empty.
 *
 * @param {string} key
 * @param {{[name: string]: string | number}} [values]
 */
export function t(key, values = {}) {
  const text = hasText(key) ? strings[key] : key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/**
 * The words for a failure.
 *
 * @param {{code: string, retryAfter?: number | null}} error
 */
export function explain({ code, retryAfter }) {
  if (!hasText(code)) return t("failed", { code });
  return t(code, { s: Math.ceil(retryAfter ?? 30), address: secureAddress(), code });
}

function secureAddress() {
  return globalThis.location ? location.href.replace(/^http:/, "https:").split("#")[0] : "";
}

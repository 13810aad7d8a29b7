/**
 * The words of the interface, flat objects of key to text with `{placeholders}`: `strings/<language>.json` until one is in a call, and
 * `strings/more/<language>.json` for the parts that come when they are wanted.
 * `key#one` (or another plural category of the language) stands for `key` where `{n}` asks for it.
 */

import { directionOf, fileOf, languageOf, localeOf, tagOf } from "./language.js";
import { prefs } from "./prefs.js";

/** @type {{[key: string]: string}} */
let strings = {};
let tag = "en";
let rightToLeft = false;
let plural = new Intl.PluralRules(tag);

const RTL_LETTERS = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

/** @param {{[key: string]: string}} all @param {string} [language] @param {readonly string[]} [offered] */
export function useStrings(all, language = "en", offered = []) {
  strings = all;
  tag = localeOf(language, offered);
  rightToLeft = directionOf(language) === "rtl";
  plural = new Intl.PluralRules(tag);
}

/** Load the user's language; the page cannot speak without one, so a failure is thrown. @param {boolean} [all]  with what comes later */
export async function loadStrings(all = false) {
  const language = languageOf(prefs.language, navigator.languages, location.search);
  const read = await fetchStrings("", language);
  if (all) Object.assign(read, await fetchStrings("more/", language));
  Object.assign(document.documentElement, { lang: tagOf(language), dir: directionOf(language) });
  useStrings(read, language, navigator.languages);
  addMore = async () => Object.assign(read, await fetchStrings("more/", language));
  more = all ? Promise.resolve() : null;
}

/** @type {() => Promise<unknown>} */
let addMore = async () => {};
/** @type {Promise<unknown> | null} */
let more = null;

/** Load the words of what comes later, once; rejects where they cannot be had. */
export function moreStrings() {
  more ??= addMore().catch((error) => {
    more = null;
    throw error;
  });
  return more;
}

/** @param {string} folder @param {string} language @returns {Promise<{[key: string]: string}>} */
async function fetchStrings(folder, language) {
  const response = await fetch(import.meta.resolve(`/app/strings/${folder}${fileOf(language)}.json`));
  if (!response.ok) throw new Error(`strings: ${response.status}`);
  const read = await response.json();
  return fileOf(language) === language ? read : (await import("./pseudo.js")).pseudo(language, read);
}

/** For `Intl`: dates, times, numbers, order. */
export function locale() {
  return tag;
}

/** All that are loaded. */
export function words() {
  return strings;
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
  const own = typeof values.n === "number" ? `${key}#${plural.select(values.n)}` : key;
  const text = strings[own] ?? strings[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (Object.hasOwn(values, name) ? written(values[name]) : whole));
}

/** Names keep their direction among words of the other one. @param {string | number} value */
function written(value) {
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : figure(value);
  return rightToLeft || RTL_LETTERS.test(value) ? `\u2068${value}\u2069` : value;
}

/** A number as the language writes it. @param {number} value @param {number} [digits]  after the point */
export function figure(value, digits = 1) {
  return value.toLocaleString(tag, { useGrouping: false, minimumFractionDigits: digits, maximumFractionDigits: digits });
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
  return globalThis.location ? location.href.replace(/^http:/, "https:") : "";
}

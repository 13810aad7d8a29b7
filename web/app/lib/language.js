/** Which language the page speaks: what was chosen here, else the first of the browser's that there are words in. Pure. */

/** By the name of their file in `strings/`. @type {{[language: string]: string}} */
export const LANGUAGES = { en: "English", es: "Español", zh: "简体中文" };

/** For looking at the page in tests, by `?debug&lang=...` only: right to left; and a third longer. */
const PSEUDO = ["ar-XB", "en-XA"];

const RIGHT_TO_LEFT = /^(ar|fa|he|ur)\b/;

/**
 * @param {string} wish  of `prefs.language`, empty: like the browser
 * @param {readonly string[]} offered  `navigator.languages`
 * @param {string} [query]  of the address
 */
export function languageOf(wish, offered, query = "") {
  const asked = new URLSearchParams(query);
  const forced = asked.has("debug") ? (asked.get("lang") ?? "") : "";
  if (forced in LANGUAGES || PSEUDO.includes(forced)) return forced;
  if (wish in LANGUAGES) return wish;
  return offered.map(primary).find((one) => one in LANGUAGES) ?? "en";
}

/** How dates and numbers are written: as where the user lives, in the page's language. @param {string} language @param {readonly string[]} offered */
export function localeOf(language, offered) {
  if (PSEUDO.includes(language)) return "en";
  return offered.find((one) => primary(one) === language) ?? language;
}

/** @param {string} language */
export function directionOf(language) {
  return RIGHT_TO_LEFT.test(language) ? "rtl" : "ltr";
}

/** For the page's `lang`; which Chinese it is chooses the letters' shapes. @param {string} language */
export function tagOf(language) {
  return language === "zh" ? "zh-Hans" : language;
}

/** The file of words. @param {string} language */
export function fileOf(language) {
  return PSEUDO.includes(language) ? "en" : language;
}

/** @param {string} tag */
function primary(tag) {
  return tag.split("-")[0].toLowerCase();
}

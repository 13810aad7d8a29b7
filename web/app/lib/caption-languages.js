/** Languages that captions are offered in, named in the language of the page. */

import { locale } from "./strings.js";

const OFFERED = [
  "ar", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "es", "et", "eu", "fa", "fi", "fr", "gl", "he", "hi", "hr", "hu", "id", "it", "ja", "ko",
  "lt", "lv", "ms", "nb", "nl", "pl", "pt", "ro", "ru", "sk", "sl", "sr", "sv", "sw", "ta", "th", "tr", "uk", "ur", "vi", "zh-Hans", "zh-Hant",
];

/** @param {string} language  BCP 47; what has no name names itself */
export function languageName(language) {
  try {
    return new Intl.DisplayNames([locale()], { type: "language" }).of(language) ?? language;
  } catch {
    return language; // no tag of a language
  }
}

/** By name. @returns {{language: string, name: string}[]} */
export function captionLanguages() {
  const all = OFFERED.map((language) => ({ language, name: languageName(language) }));
  return all.sort((a, b) => a.name.localeCompare(b.name, locale()));
}

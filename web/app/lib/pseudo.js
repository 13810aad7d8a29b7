/** Words of no language, made of the English ones, that show what does not fit or does not turn. For tests. */

const RIGHT_TO_LEFT_MARK = "\u200f";
const OVERRIDE = "\u202e";
const END = "\u202c";

/** @type {{[language: string]: (text: string) => string}} */
const WAYS = {
  /** Each word as if its letters were written from right to left. */
  "ar-XB": (text) => text.replace(/\S+/g, (word) => `${RIGHT_TO_LEFT_MARK}${OVERRIDE}${word}${END}${RIGHT_TO_LEFT_MARK}`),
  /** A third longer, as German and Russian are. */
  "en-XA": (text) => text.replace(/[aeiou]/g, (letter) => `${"áéíóú"["aeiou".indexOf(letter)]}${letter}`),
};

/** What is not a placeholder, changed. @param {string} language @param {{[key: string]: string}} strings */
export function pseudo(language, strings) {
  const change = WAYS[language];
  const whole = (/** @type {string} */ text) => text.split(/(\{\w+\})/).map((part, at) => (at % 2 ? part : change(part)));
  return Object.fromEntries(Object.entries(strings).map(([key, text]) => [key, whole(text).join("")]));
}

/** Initials on a colour, or one's own picture: who somebody is while there is no video. */

import { h } from "./dom.js";

const COLOURS = 8; // --avatar-0 ... --avatar-7 of tokens.css

/**
 * Which of the colours a participant has, the same on every screen (FNV-1a over the id).
 *
 * @param {string} id
 */
export function avatarColour(id) {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(id)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash % COLOURS;
}

/**
 * First letters of the first and the last word, whole graphemes.
 *
 * @param {string} name
 */
export function initials(name) {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const chosen = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  return chosen.map((word) => firstGrapheme(word).toLocaleUpperCase()).join("");
}

/** @param {string} word */
function firstGrapheme(word) {
  const letters = word.replace(/^[^\p{L}\p{N}\p{Extended_Pictographic}]+/u, "") || word;
  for (const { segment } of new Intl.Segmenter().segment(letters)) return segment;
  return "";
}

/**
 * @param {string} id
 * @param {string} name
 * @param {string | null} [picture]  id of an account's picture; initials while it is not there
 */
export function avatar(id, name, picture) {
  const element = h("span", { class: "avatar", "aria-hidden": "true", dataset: { colour: avatarColour(id) } }, initials(name));
  if (picture) {
    const image = h("img", { src: `/api/pictures/${encodeURIComponent(picture)}`, alt: "", draggable: "false" });
    image.onerror = () => image.remove();
    element.append(image);
  }
  return element;
}

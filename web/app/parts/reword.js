/**
 * Another language in the middle of a call: the words are exchanged where they stand, and nothing else of the page changes, so
 * whatever one has begun goes on. What is said anew at every change (`reworded`) needs no more than that.
 */

import { translator } from "../lib/reword.js";
import { loadStrings, t, words } from "../lib/strings.js";

/** Called with what rewords an element; shows anew what is put together from several words. @typedef {(reword: (element: HTMLElement) => void) => void} Reworded */

const ATTRIBUTES = ["aria-label", "title", "placeholder"];
/** What people wrote, and what they are called. */
const THEIRS = "[dir=auto], .message-quote, #chat-to option:not([value='']), #caption-speaker option:not([value=''])";

/** @type {Set<Reworded>} */
const listeners = new Set();

/** For parts whose elements are out of the page for a while. @param {Reworded} listener */
export function onReworded(listener) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

let turn = Promise.resolve();

/** Speak the language that is remembered; rejects where its words cannot be had, and nothing has changed. @param {Reworded} reworded */
export function rewordPage(reworded) {
  turn = turn.catch(() => {}).then(() => change(reworded));
  return turn;
}

/** @param {Reworded} reworded */
async function change(reworded) {
  const before = { ...words() };
  await loadStrings(true);
  const translate = translator(before, t);
  const reword = (/** @type {Element} */ root) => rewordIn(root, translate);
  document.title = document.title.replace(/^(\(\d+\) )?(.+?)( · |$)/, (_, count = "", title, rest) => `${count}${translate(title) ?? title}${rest}`);
  for (const { documentElement: html, title, body } of otherPages()) {
    Object.assign(html, { lang: document.documentElement.lang, dir: document.dir });
    html.ownerDocument.title = translate(title) ?? title;
    reword(body);
  }
  reword(document.body);
  for (const listener of [reworded, ...listeners]) listener(reword);
}

/** Picture-in-picture. @returns {Document[]} */
function otherPages() {
  const inside = /** @type {any} */ (window).documentPictureInPicture?.window?.document;
  return inside ? [inside] : [];
}

/** @param {Element} root @param {(text: string) => string | null} translate */
function rewordIn(root, translate) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = /** @type {Node | null} */ (root); node; node = walker.nextNode()) {
    if (node.nodeType === Node.TEXT_NODE) rewordText(/** @type {Text} */ (node), translate); // its window may be another
    else rewordAttributes(/** @type {Element} */ (node), translate);
  }
}

/** @param {Text} node @param {(text: string) => string | null} translate */
function rewordText(node, translate) {
  const text = node.data.trim();
  if (!text || node.parentElement?.closest(THEIRS)) return;
  const found = translate(text);
  if (found !== null && found !== text) node.data = node.data.replace(text, () => found);
}

/** @param {Element} element @param {(text: string) => string | null} translate */
function rewordAttributes(element, translate) {
  for (const name of ATTRIBUTES) {
    const text = element.getAttribute(name);
    const found = text && translate(text);
    if (found && found !== text) element.setAttribute(name, found);
  }
}

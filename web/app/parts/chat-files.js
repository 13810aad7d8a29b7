/** Files of a message: pictures are shown, others are a line with name and size; a click saves either. */

import { TrebleError } from "/sdk/errors.js";
import { downloadChat, downloadFile } from "/sdk/files.js";
import { h, icon } from "../lib/dom.js";
import { sizeWords } from "../lib/size.js";
import { explain, t } from "../lib/strings.js";

/** @typedef {import("/sdk/chat-types.js").SharedFile} SharedFile */
/** @typedef {import("/sdk/files.js").Where} Where */

const PICTURES = new Set(["image/png", "image/jpeg", "image/webp", "image/gif"]);
const LARGEST_SHOWN = 8_000_000; // bytes; larger ones are fetched by a click only

/** @param {SharedFile} file @param {() => Where} where */
export function fileView(file, where) {
  const label = t("chat.file", { name: file.name, size: sizeWords(file.size) });
  const error = h("span", { class: "error", role: "status" });
  const open = h("button", { type: "button", class: "chat-file", title: label }, icon("file"), h("span", {}, file.name), " ", h("small", {}, sizeWords(file.size)));
  open.onclick = () => save(file, where()).catch((failure) => (error.textContent = words(failure)));
  if (PICTURES.has(file.media_type) && file.size <= LARGEST_SHOWN) showPicture(open, file, where);
  return h("div", { class: "chat-file-line" }, open, error);
}

/** @param {HTMLElement} open @param {SharedFile} file @param {() => Where} where */
async function showPicture(open, file, where) {
  const blob = await downloadFile(where(), file.file).catch(() => null);
  if (!blob) return; // the line with its name stays
  const url = URL.createObjectURL(blob);
  const image = h("img", { alt: open.title, src: url, class: "chat-picture" });
  image.onload = () => {
    open.classList.add("is-picture");
    open.replaceChildren(image);
    URL.revokeObjectURL(url);
  };
  image.onerror = () => URL.revokeObjectURL(url);
}

/** @param {SharedFile} file @param {Where} where */
async function save(file, where) {
  saveBlob(await downloadFile(where, file.file), file.name);
}

/** The whole chat as a text. @param {import("/sdk/room.js").Room} room @param {(words: string) => void} say  why not */
export async function saveChat(room, say) {
  const { server, name, token, meeting } = room;
  try {
    saveBlob(await downloadChat({ server, room: name, token }), `${meeting.about.title || name}.txt`);
  } catch (error) {
    say(error instanceof TrebleError ? explain(error) : t("chat.export.failed"));
  }
}

/** @param {Blob} blob @param {string} name */
function saveBlob(blob, name) {
  const url = URL.createObjectURL(blob);
  const link = h("a", { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** @param {unknown} failure */
function words(failure) {
  return explain(failure instanceof TrebleError ? failure : { code: "chat.file.failed" });
}

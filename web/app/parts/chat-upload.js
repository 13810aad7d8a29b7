/** A file on its way to the server: a line with its name and how much of it is there, until it is sent or taken back. */

import { TrebleError } from "/sdk/errors.js";
import { uploadFile } from "/sdk/files.js";
import { h } from "../lib/dom.js";
import { sizeWords } from "../lib/size.js";
import { explain, t } from "../lib/strings.js";
import { iconButton } from "./controls.js";

/**
 * Resolves to what a message can hold; null where it was taken back or failed, which `drop` is told with the reason.
 *
 * @param {import("/sdk/files.js").Where} where
 * @param {File} file
 * @param {HTMLElement} list  that it is a line of
 * @param {(why: string) => void} drop
 */
export async function sendFile(where, file, list, drop) {
  const stopped = new AbortController();
  const bar = h("progress", { max: 1, value: 0, "aria-label": file.name });
  const name = `${file.name} · ${sizeWords(file.size)}`;
  const remove = iconButton({ icon: "close", label: t("chat.file.remove", { name: file.name }), onclick: () => end("") });
  const line = h("li", {}, h("span", { dir: "auto" }, name), bar, remove);
  list.append(line);

  /** @param {string} why */
  function end(why) {
    stopped.abort();
    line.remove();
    drop(why);
  }

  try {
    const shared = await uploadFile(where, file, (share) => (bar.value = share), stopped.signal);
    bar.remove();
    return shared;
  } catch (failure) {
    const error = failure instanceof TrebleError ? failure : { code: "chat.file.failed" };
    if (!stopped.signal.aborted) end(`${file.name}: ${explain(error)}`);
    return null;
  }
}

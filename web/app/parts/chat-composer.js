/** Where one writes: to whom, what it answers or changes, files, and the words. Enter sends, Shift+Enter is a new line. */

import { TrebleError } from "/sdk/errors.js";
import { h } from "../lib/dom.js";
import { sizeWords } from "../lib/size.js";
import { explain, t } from "../lib/strings.js";
import { button, iconButton } from "./controls.js";

/**
 * @typedef {import("/sdk/chat-types.js").Message} Message
 * @typedef {import("/sdk/chat-types.js").SharedFile} SharedFile
 * @typedef {{name: string, shared: SharedFile | null, element: HTMLElement, abort: () => void}} Upload
 *
 * @typedef {object} Composed
 * @property {string} text
 * @property {string | null} to
 * @property {string} toName
 * @property {Message | null} reply
 * @property {Message | null} edits
 * @property {SharedFile[]} files
 *
 * @typedef {object} ComposerHooks
 * @property {(composed: Composed) => void} send
 * @property {() => import("/sdk/files.js").Where} where  files go
 * @property {() => void} ask  for leave to write
 */

const LONGEST = 4000;
const MOST_FILES = 4;
const TALLEST = 160; // px

/** @param {ComposerHooks} hooks */
export function chatComposer(hooks) {
  const to = h("select", { id: "chat-to", "aria-label": t("chat.to") }, h("option", { value: "" }, t("chat.everyone")));
  const toLine = h("label", { class: "chat-to" }, h("span", {}, t("chat.to")), to);
  const about = h("p", {});
  const aboutLine = h("div", { class: "chat-about", hidden: true }, about, iconButton({ icon: "close", label: t("cancel"), onclick: () => clear() }));
  const uploadList = h("ul", { class: "chat-uploads", hidden: true });
  const error = h("p", { class: "field-error", id: "chat-error", role: "status", hidden: true });
  const text = h("textarea", { id: "chat-text", rows: 1, placeholder: t("chat.write"), "aria-label": t("chat.write"), "aria-describedby": "chat-error", enterkeyhint: "send", dir: "auto" });
  const picker = h("input", { type: "file", multiple: true, hidden: true, id: "chat-files", onchange: () => (attach(picker.files), (picker.value = "")) });
  const clip = iconButton({ id: "chat-attach", icon: "attach", label: t("chat.attach"), onclick: () => picker.click() });
  const submit = iconButton({ id: "chat-send", icon: "send", label: t("chat.send"), type: "submit", class: "send" });
  const form = h("form", { class: "chat-form", onsubmit: send }, clip, picker, text, submit);
  const askButton = button(t("chat.ask"), { id: "chat-ask", class: "button quiet", onclick: hooks.ask });
  const closed = h("div", { class: "chat-closed", hidden: true }, h("p", { class: "hint" }, t("chat.closed")), askButton);
  const element = h("div", { class: "chat-composer" }, toLine, aboutLine, uploadList, error, form, closed);
  /** @type {Message | null} */
  let reply = null;
  /** @type {Message | null} */
  let edits = null;
  /** @type {Upload[]} */
  let uploads = [];

  text.addEventListener("input", () => (grow(), say("")));
  text.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && (reply || edits)) {
      event.stopPropagation();
      return clear();
    }
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  text.addEventListener("paste", ({ clipboardData }) => clipboardData?.files.length && attach(clipboardData.files));

  function grow() {
    text.style.height = "auto";
    text.style.height = `${Math.min(TALLEST, text.scrollHeight + 2)}px`;
  }

  /** @param {string} words */
  function say(words) {
    error.textContent = words;
    error.hidden = !words;
  }

  /** @param {Event} event */
  function send(event) {
    event.preventDefault();
    const words = text.value.trim();
    const files = uploads.flatMap(({ shared }) => shared ?? []);
    if (uploads.some(({ shared }) => !shared) || (!words && !files.length)) return;
    if (words.length > LONGEST) return say(t("chat.long", { n: words.length - LONGEST }));
    const toName = to.selectedOptions[0]?.textContent ?? "";
    hooks.send({ text: words, to: to.value || null, toName, reply, edits, files });
    clear();
  }

  function clear() {
    [reply, edits] = [null, null];
    aboutLine.hidden = true;
    toLine.hidden = to.options.length < 2;
    text.value = "";
    uploads = [];
    uploadList.replaceChildren();
    uploadList.hidden = true;
    say("");
    grow();
  }

  /** @param {FileList | null} files */
  function attach(files) {
    for (const file of files ?? []) {
      if (clip.hidden) return;
      if (uploads.length >= MOST_FILES) return say(t("chat.file.many", { n: MOST_FILES }));
      upload(file);
    }
  }

  /** @param {File} file */
  async function upload(file) {
    const stopped = new AbortController();
    const bar = h("progress", { max: 1, value: 0, "aria-label": file.name });
    const name = `${file.name} · ${sizeWords(file.size)}`;
    const remove = iconButton({ icon: "close", label: t("chat.file.remove", { name: file.name }), onclick: () => drop() });
    const line = h("li", {}, h("span", { dir: "auto" }, name), bar, remove);
    /** @type {Upload} */
    const one = { name: file.name, shared: null, element: line, abort: () => stopped.abort() };
    const drop = () => {
      one.abort();
      uploads = uploads.filter((other) => other !== one);
      line.remove();
      uploadList.hidden = uploads.length === 0;
    };
    uploads.push(one);
    uploadList.append(line);
    uploadList.hidden = false;
    try {
      const { uploadFile } = await import("/sdk/files.js");
      one.shared = await uploadFile(hooks.where(), file, (share) => (bar.value = share), stopped.signal);
      bar.remove();
    } catch (failure) {
      if (stopped.signal.aborted) return;
      drop();
      say(`${file.name}: ${explain(failure instanceof TrebleError ? failure : { code: "chat.file.failed" })}`);
    }
  }

  /** @param {Message} message @param {string} words */
  function point(message, words) {
    about.textContent = words;
    aboutLine.hidden = false;
    if (message.to !== null && message.sender) to.value = "";
    text.focus();
  }

  return {
    element,
    attach,
    focus: () => text.focus(),

    /** @param {Message} message @param {boolean} own */
    reply(message, own) {
      clear();
      reply = message;
      point(message, `${t("chat.reply.to", { name: message.name })}: ${message.text}`);
      const partner = own ? message.to : message.sender;
      if (message.to && partner) to.value = partner; // what was said in private is answered in private
    },

    /** @param {Message} message */
    edit(message) {
      clear();
      edits = message;
      point(message, t("chat.editing"));
      toLine.hidden = true;
      text.value = message.text;
      grow();
    },

    /** @param {string} participant */
    whisper(participant) {
      to.value = participant;
      text.focus();
    },

    /**
     * @param {{people: {id: string, name: string}[], chat: import("/sdk/permissions.js").Verdict, whispers: boolean, files: boolean}} state
     *   whom one may write to, and whether
     */
    update({ people, chat, whispers, files }) {
      const names = whispers ? people : [];
      const chosen = to.value;
      const known = [...to.options].slice(1).map(({ value, textContent }) => `${value} ${textContent}`).join("\n");
      if (known !== names.map(({ id, name }) => `${id} ${name}`).join("\n")) {
        to.replaceChildren(h("option", { value: "" }, t("chat.everyone")), ...names.map(({ id, name }) => h("option", { value: id }, name)));
        to.value = names.some(({ id }) => id === chosen) ? chosen : "";
      }
      toLine.hidden = to.options.length < 2 || edits !== null || chat !== "allow";
      form.hidden = chat !== "allow";
      closed.hidden = chat === "allow";
      askButton.hidden = chat !== "ask";
      clip.hidden = !files;
    },
  };
}

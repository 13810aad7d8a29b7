/** Where one writes: to whom, what it answers or changes, files, and the words. Enter sends, Shift+Enter is a new line. */

import { h } from "../lib/dom.js";
import { isComposing } from "../lib/keys.js";
import { explain, t } from "../lib/strings.js";
import { button, iconButton } from "./controls.js";

/**
 * @typedef {import("/sdk/chat-types.js").Message} Message
 * @typedef {import("/sdk/chat-types.js").SharedFile} SharedFile
 * @typedef {{shared: SharedFile | null}} Upload  null: on its way
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
  const to = h("select", { id: "chat-to", "aria-label": t("chat.to"), onchange: () => say("") }, h("option", { value: "" }, t("chat.everyone")));
  const toLine = h("label", { class: "chat-to" }, h("span", {}, t("chat.to")), to);
  const about = h("p", {});
  const aboutLine = h("div", { class: "chat-about", hidden: true }, about, iconButton({ icon: "close", label: t("cancel"), onclick: () => clear() }));
  const uploadList = h("ul", { class: "chat-uploads" });
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
  /** Whom one may write to in private. @type {{id: string, name: string}[]} */
  let people = [];
  let mayWhisper = false;
  /** Whether all is sent once the files are with the server. */
  let waits = false;

  text.addEventListener("input", () => (grow(), say("")));
  text.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && (reply || edits)) {
      event.stopPropagation();
      return clear();
    }
    if (event.key !== "Enter" || event.shiftKey || isComposing(event)) return;
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
    waits = false;
    error.textContent = words;
    error.hidden = !words;
  }

  /**
   * Choose to whom, as chosen if nobody is named. Who cannot be written to any more stays chosen, and nothing is sent: what
   * was meant for one must not go to everybody.
   *
   * @param {string} [id] @param {string} [name]
   */
  function choose(id = to.value, name = to.selectedOptions[0].text) {
    const all = [{ id: "", name: to.options[0].text }, ...people];
    if (!all.some((one) => one.id === id)) all.push({ id, name }); // gone
    to.replaceChildren(...all.map((one, at) => h("option", { value: one.id, disabled: at > people.length }, one.name)));
    to.value = id;
    showTo();
  }

  function showTo() {
    toLine.hidden = to.options.length < 2 || edits !== null || form.hidden;
  }

  /** @param {Event} event */
  function send(event) {
    event.preventDefault();
    const words = text.value.trim();
    const files = uploads.flatMap(({ shared }) => shared ?? []);
    if (!words && !uploads.length) return;
    if (words.length > LONGEST) return say(t("chat.long", { n: words.length - LONGEST }));
    const [{ disabled: isGone, text: toName }] = to.selectedOptions;
    if (isGone && !edits) return say(mayWhisper ? t("chat.to.gone", { name: toName }) : explain({ code: "forbidden" }));
    if (files.length < uploads.length) {
      say(t("chat.file.wait"));
      waits = true;
      return;
    }
    hooks.send({ text: words, to: to.value || null, toName, reply, edits, files });
    clear();
  }

  function clear() {
    [reply, edits] = [null, null];
    aboutLine.hidden = true;
    clip.disabled = false;
    choose();
    text.value = "";
    uploads = [];
    uploadList.replaceChildren();
    say("");
    grow();
  }

  /** @param {FileList | null} files */
  function attach(files) {
    for (const file of files ?? []) {
      if (clip.hidden || clip.disabled) return;
      if (uploads.length >= MOST_FILES) return say(t("chat.file.many", { n: MOST_FILES }));
      upload(file);
    }
  }

  /** @param {File} file */
  async function upload(file) {
    /** @type {Upload} */
    const one = { shared: null };
    const drop = (/** @type {string} */ why) => {
      uploads = uploads.filter((other) => other !== one);
      say(why);
    };
    uploads.push(one);
    try {
      const { sendFile } = await import("./chat-upload.js");
      if (!uploads.includes(one)) return;
      one.shared = await sendFile(hooks.where(), file, uploadList, drop);
      if (waits && uploads.every(({ shared }) => shared)) form.requestSubmit();
    } catch {
      drop(`${file.name}: ${t("chat.file.failed")}`);
    }
  }

  /** @param {string} words */
  function point(words) {
    about.textContent = words;
    aboutLine.hidden = false;
  }

  /** @param {Message} message @param {string} words */
  function edit(message, words) {
    clear();
    edits = message;
    point(t("chat.editing"));
    clip.disabled = true; // files stay as they are
    showTo();
    text.value = words;
    grow();
  }

  return {
    element,
    attach,
    focus: () => text.focus(),

    /** @param {Message} message @param {boolean} own */
    reply(message, own) {
      clear();
      reply = message;
      point(`${t("chat.reply.to", { name: message.name })}: ${message.text}`);
      const partner = own ? message.to : message.sender;
      if (message.to && partner) choose(partner, own ? message.toName : message.name); // in private too
      text.focus();
    },

    /** @param {Message} message */
    edit(message) {
      edit(message, message.text);
      text.focus();
    },

    /** What was refused is edited further, unless something else has begun. @param {Message} message @param {string} words @param {string} why */
    editAgain(message, words, why) {
      if (text.value || reply || edits || uploads.length) return false;
      edit(message, words);
      say(why);
      return true;
    },

    /** @param {string} participant @param {string} name */
    whisper(participant, name) {
      choose(participant, name);
      text.focus();
    },

    /**
     * @param {{present: {id: string, name: string}[], chat: import("/sdk/permissions.js").Verdict, whispers: boolean, files: boolean}} state
     *   whom one may write to, and whether
     */
    update({ present, chat, whispers, files }) {
      form.hidden = chat !== "allow";
      mayWhisper = whispers;
      const known = JSON.stringify(people);
      people = whispers ? present.map(({ id, name }) => ({ id, name })) : [];
      if (known === JSON.stringify(people)) showTo();
      else choose();
      closed.hidden = chat === "allow";
      askButton.hidden = chat !== "ask";
      clip.hidden = !files;
    },
  };
}

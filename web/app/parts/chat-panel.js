/** The chat: messages put together by sender, a line before what is new, a way down, and where one writes. */

import { messageActions } from "../lib/chat-actions.js";
import { firstUnread, lines } from "../lib/chat-groups.js";
import { h } from "../lib/dom.js";
import { keyed } from "../lib/keyed.js";
import { dateWords } from "../lib/since.js";
import { explain, locale, t } from "../lib/strings.js";
import { chatComposer } from "./chat-composer.js";
import { LATE, messageRow } from "./chat-message.js";
import { button, iconButton } from "./controls.js";
import { withPart } from "./lazy.js";

/**
 * @typedef {import("/sdk/room.js").Room} Room
 * @typedef {import("/sdk/chat-types.js").Message} Message
 * @typedef {import("../lib/chat-groups.js").Line} Line
 * @typedef {{key: string, line?: Line, words?: string}} Item
 *
 * @typedef {object} ChatHooks
 * @property {() => void} save  the chat as a file
 * @property {(action: string) => void} ask
 * @property {(words: string) => void} say  why something failed
 */

const NEAR = 48; // px from the end: one reads along

/** @param {Room} room @param {ChatHooks} act */
export function chatPanel(room, act) {
  const { chat, meeting, localParticipant: own } = room;
  const where = () => ({ server: room.server, room: room.name, token: room.token });
  const attempt = (/** @type {Promise<unknown>} */ request) => void request.catch((error) => act.say(explain(error)));
  const hooks = {
    self: () => own.id,
    nameOf: (/** @type {string} */ id) => (id === own.id ? t("you") : (room.remoteParticipants.get(id)?.name ?? "?")),
    find: (/** @type {number} */ seq) => chat.find(seq),
    where,
    open: openMenuOf,
    has: (/** @type {Message} */ message) => Object.values(messageActions(room, message)).some(Boolean),
    react: (/** @type {Message} */ { seq }, /** @type {string} */ emoji, /** @type {boolean} */ on) => seq && attempt(chat.react(seq, emoji, on)),
    mayReact: () => meeting.may("react"),
    retry: (/** @type {Message} */ { key }) => follow(chat.retry(key)),
    discard: (/** @type {Message} */ { key }) => chat.discard(key),
  };
  const rows = keyed(({ key }) => key, (/** @type {Item} */ item) => (item.line ? lineRow(item.line, hooks) : ruleRow(item)));
  const composer = chatComposer({ send, where, ask: () => act.ask("chat") });
  const earlier = button(t("chat.earlier"), { id: "chat-earlier", class: "button quiet", hidden: true, onclick: loadEarlier });
  const list = h("ol", { class: "chat-list", "aria-label": t("chat.log") });
  const empty = h("p", { class: "hint" }, t("chat.empty"));
  const log = h("div", { class: "chat-log", tabindex: 0, "aria-label": t("chat.log"), role: "region" }, earlier, empty, list);
  const latest = button(t("chat.latest"), { id: "chat-latest", class: "button primary pill", hidden: true, onclick: () => toEnd() }, "down");
  const save = iconButton({ id: "chat-export", icon: "save", label: t("chat.export"), onclick: act.save });
  const element = h("div", { class: "chat", id: "chat-panel", hidden: true }, save, h("div", { class: "chat-middle" }, log, latest), composer.element);

  /** @param {Message} message @param {HTMLElement} opener */
  function openMenuOf(message, opener) {
    const reply = (/** @type {Message} */ one) => composer.reply(one, one.sender === own.id);
    const use = { attempt, reply, edit: composer.edit };
    withPart(element, () => import("./chat-menu.js"), ({ openMessageMenu }) => openMessageMenu(room, message, opener, use));
  }

  let open = false;
  let atEnd = true;
  /** Where the log stood when that was found out. */
  let lookedAt = -1;
  /** Before which message the line "New" stands; it stays while the panel is open. @type {number | null} */
  let newFrom = null;

  log.addEventListener("scroll", () => {
    look();
    seen();
    showLatest();
  });
  element.addEventListener("dragover", (event) => meeting.may("files") && event.preventDefault());
  element.addEventListener("drop", (event) => {
    if (!meeting.may("files")) return;
    event.preventDefault();
    composer.attach(event.dataTransfer?.files ?? null);
  });

  /** @param {import("./chat-composer.js").Composed} composed */
  function send({ text, to, toName, reply, edits, files }) {
    if (edits) chat.edit(edits.seq ?? 0, text).catch((error) => (composer.editAgain(edits, text, explain(error)) && open) || act.say(explain(error)));
    else follow(chat.say(text, { to, toName, reply: reply?.seq ?? null, files }));
    newFrom = null;
    atEnd = true;
  }

  /** Show what takes its time. @param {unknown} _sending */
  function follow(_sending) {
    for (const delay of LATE) setTimeout(() => open && render(), delay);
  }

  async function loadEarlier() {
    earlier.disabled = true;
    const fromEnd = log.scrollHeight - log.scrollTop;
    await chat.loadEarlier().catch((error) => act.say(explain(error)));
    render();
    log.scrollTop = log.scrollHeight - fromEnd;
    earlier.disabled = false;
  }

  /** Where one reads; what only changes the log's height does not count. */
  function look() {
    if (log.scrollTop === lookedAt) return;
    lookedAt = log.scrollTop;
    atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR;
  }

  function seen() {
    if (open && atEnd && !document.hidden) chat.markRead();
  }

  function toEnd() {
    log.scrollTop = log.scrollHeight;
    lookedAt = log.scrollTop;
    atEnd = true;
    seen();
    showLatest();
  }

  function showLatest() {
    latest.hidden = atEnd;
    const words = chat.unread ? t("chat.latest.new", { n: chat.unread }) : t("chat.latest");
    /** @type {HTMLElement} */ (latest.lastElementChild).textContent = words;
  }

  /** @param {Message[]} messages @returns {Item[]} */
  function items(messages) {
    return lines(messages).flatMap((line) => [
      ...(line.day ? [{ key: `day ${line.message.key}`, words: dateWords(line.message.at) }] : []),
      ...(line.message.seq === newFrom && newFrom !== null ? [{ key: "new", words: t("chat.new") }] : []),
      { key: line.message.key, line },
    ]);
  }

  function render() {
    const { messages } = chat;
    if (open) look();
    if (newFrom === null && !(open && atEnd && !document.hidden)) newFrom = firstUnread(messages, chat.read, own.id);
    empty.hidden = messages.length > 0;
    earlier.hidden = !chat.more;
    save.hidden = !meeting.may("export");
    rows.update(list, items(messages));
    composer.update({
      present: [...room.remoteParticipants.values()].sort((a, b) => a.name.localeCompare(b.name, locale())),
      chat: meeting.verdict("chat"),
      whispers: meeting.may("whisper"),
      files: meeting.may("files"),
    });
    if (atEnd) toEnd();
    else showLatest();
  }

  const onVisible = () => open && render();
  document.addEventListener("visibilitychange", onVisible);
  return {
    element,
    close: () => document.removeEventListener("visibilitychange", onVisible),
    /** Where one writes. */
    focus: () => composer.focus(),
    whisper: composer.whisper,
    /** @param {boolean} shown */
    update(shown) {
      if (shown && !open) {
        newFrom = firstUnread(chat.messages, chat.read, own.id);
        atEnd &&= newFrom === null;
      }
      const opened = shown && !open;
      open = shown;
      if (!shown) return;
      if (opened) lookedAt = log.scrollTop; // where to look is decided above
      render();
      if (opened) reveal();
    },
  };

  /** What is new comes into sight, and is read where all of it fits. */
  function reveal() {
    const mark = list.querySelector(".chat-rule.is-new");
    if (mark) mark.scrollIntoView({ block: "start" });
    else if (atEnd) log.scrollTop = log.scrollHeight;
    lookedAt = -1;
    look();
    seen();
    showLatest();
  }
}

/** @param {Line} line @param {import("./chat-message.js").MessageHooks} hooks */
function lineRow(line, hooks) {
  const row = messageRow(line, hooks);
  return { element: row.element, update: (/** @type {Item} */ item) => item.line && row.update(item.line) };
}

/** @param {Item} item */
function ruleRow({ key, words }) {
  const element = h("li", { class: `chat-rule ${key === "new" ? "is-new" : ""}` }, h("span", {}, words ?? ""));
  return { element, update() {} };
}

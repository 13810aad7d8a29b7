/** One message: who and when over the first of a group, the words, files, reactions, and what became of it. */

import { h, icon } from "../lib/dom.js";
import { linkify } from "../lib/linkify.js";
import { clockWords } from "../lib/since.js";
import { explain, locale, t } from "../lib/strings.js";
import { button, iconButton } from "./controls.js";

/**
 * @typedef {import("/sdk/chat-types.js").Message} Message
 * @typedef {import("../lib/chat-groups.js").Line} Line
 *
 * @typedef {object} MessageHooks
 * @property {() => string} self  one's own id
 * @property {(id: string) => string} nameOf
 * @property {(seq: number) => Message | null} find
 * @property {() => import("/sdk/files.js").Where} where  files are
 * @property {(message: Message, opener: HTMLElement) => void} open  its menu
 * @property {(message: Message) => boolean} has  anything in it
 * @property {(message: Message, emoji: string, on: boolean) => void} react
 * @property {() => boolean} mayReact
 * @property {(message: Message) => void} retry
 * @property {(message: Message) => void} discard
 */

/** After how many milliseconds a message is said to be on its way, and that it takes long. */
export const LATE = [300, 10_000];

/** Text with its links; nothing of it can become markup. @param {string} text */
function textNodes(text) {
  return linkify(text).map(({ text: shown, href }) =>
    href ? h("a", { href, target: "_blank", rel: "noopener noreferrer nofollow" }, shown) : document.createTextNode(shown),
  );
}

/** @param {Line} line @param {MessageHooks} hooks */
export function messageRow(line, hooks) {
  let message = line.message;
  let shown = "";
  let late = 0;
  const head = h("p", { class: "message-head" });
  const quote = h("p", { class: "message-quote", dir: "auto" });
  const text = h("p", { class: "message-text", dir: "auto" });
  const files = h("div", { class: "message-files" });
  const reactions = h("div", { class: "message-reactions" });
  const state = h("div", { class: "message-state", role: "status" });
  const more = iconButton({ icon: "dots", label: t("chat.options"), class: "message-more", "aria-haspopup": "menu" });
  more.onclick = () => hooks.open(message, more);
  const body = h("div", { class: "message-body" }, quote, text, files);
  const element = h("li", { class: "message" }, head, h("div", { class: "message-line" }, body, more), reactions, state);
  element.addEventListener("contextmenu", (event) => {
    if (event.target instanceof HTMLAnchorElement || !hooks.has(message) || getSelection()?.toString()) return;
    event.preventDefault(); // also a long touch
    hooks.open(message, more);
  });

  /** @param {Line} now */
  function update(now) {
    message = now.message;
    const own = message.sender === hooks.self();
    element.classList.toggle("is-own", own);
    element.classList.toggle("is-first", now.first);
    element.dataset.state = message.erased ? "erased" : message.state;
    if (message.seq) element.dataset.seq = String(message.seq);
    more.hidden = !hooks.has(message);
    late = message.state === "sending" ? LATE.filter((delay) => Date.now() - message.at >= delay).length : 0;
    const drawn = JSON.stringify([message, late, now.first, own, hooks.mayReact(), quoted(message)?.text, locale()]);
    if (drawn === shown) return;
    shown = drawn;
    head.hidden = !now.first;
    head.replaceChildren(...headOf(message, own));
    showQuote();
    showText();
    reactions.replaceChildren(...message.reactions.map(chip));
    reactions.hidden = !message.reactions.length;
    state.replaceChildren(...stateOf());
  }

  /** @param {Message} now */
  function quoted(now) {
    return now.reply === null ? null : hooks.find(now.reply);
  }

  function showQuote() {
    const to = quoted(message);
    quote.hidden = message.reply === null || message.erased;
    quote.replaceChildren(...(to ? [h("b", {}, to.name), " ", to.erased ? t("chat.erased") : to.text] : [t("chat.reply")]));
  }

  function showText() {
    if (message.erased) text.replaceChildren(t("chat.erased"));
    else text.replaceChildren(...textNodes(message.text), message.edited ? h("small", {}, ` ${t("chat.edited")}`) : "");
    text.hidden = !message.erased && !message.text;
    const ids = message.files.map(({ file }) => file).join(" ");
    if (files.dataset.ids === ids) return;
    files.dataset.ids = ids;
    showFiles(files, message.files, hooks);
  }

  /** @param {import("/sdk/chat-types.js").Reaction} reaction */
  function chip({ emoji, participants }) {
    const mine = participants.includes(hooks.self());
    const names = participants.map(hooks.nameOf).join(", ");
    const label = t("chat.reaction", { emoji, n: participants.length, names });
    const onclick = () => hooks.react(message, emoji, !mine);
    return h(
      "button",
      { type: "button", class: "reaction", "aria-pressed": mine, "aria-label": label, title: names, disabled: !hooks.mayReact(), onclick },
      h("span", {}, emoji),
      h("b", {}, String(participants.length)),
    );
  }

  function stateOf() {
    if (late) return [h("span", { class: "hint" }, t(late > 1 ? "chat.slow" : "chat.sending"))];
    if (message.state !== "failed") return [];
    const { error, to, toName: name } = message;
    const reason = to && error === "not.found" ? t("people.left", { name }) : error && error !== "failed" ? explain({ code: error }) : "";
    return [
      icon("warning"),
      h("span", { class: "error" }, reason ? t("chat.failed.why", { reason }) : t("chat.failed")),
      button(t("chat.retry"), { class: "button quiet", onclick: () => hooks.retry(message) }),
      button(t("chat.discard"), { class: "button quiet", onclick: () => hooks.discard(message) }),
    ];
  }
  return { element, update };
}

/** @param {HTMLElement} holder @param {Message["files"]} files @param {MessageHooks} hooks */
async function showFiles(holder, files, { where }) {
  if (!files.length) return holder.replaceChildren();
  const { fileView } = await import("./chat-files.js");
  holder.replaceChildren(...files.map((file) => fileView(file, where)));
}

/** @param {Message} message @param {boolean} own */
function headOf({ name, at, to, toName }, own) {
  const secret = to ? h("span", { class: "message-private" }, own ? t("chat.to.name", { name: toName }) : t("chat.to.you")) : null;
  const time = h("time", { datetime: new Date(at).toISOString() }, clockWords(at));
  return /** @type {Node[]} */ ([own ? null : h("b", { title: name, dir: "auto" }, name), secret, time].filter(Boolean));
}

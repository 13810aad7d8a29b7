/** The menu of one message: reactions in a row, then what else one may do with it. */

import { messageActions } from "../lib/chat-actions.js";
import { h } from "../lib/dom.js";
import { QUICK } from "../lib/emoji.js";
import { t } from "../lib/strings.js";
import { button } from "./controls.js";
import { openDialog } from "./dialog.js";
import { openMenu } from "./menu.js";

/**
 * @typedef {import("/sdk/chat-types.js").Message} Message
 * @typedef {import("/sdk/room.js").Room} Room
 *
 * @typedef {object} MenuHooks
 * @property {(message: Message) => void} reply
 * @property {(message: Message) => void} edit
 * @property {(request: Promise<unknown>) => void} attempt
 */

/** @param {Room} room @param {Message} message @param {HTMLElement} opener @param {MenuHooks} hooks */
export function openMessageMenu(room, message, opener, { reply, edit, attempt }) {
  const may = messageActions(room, message);
  const seq = message.seq ?? 0;
  const mine = (/** @type {string} */ emoji) =>
    message.reactions.some((one) => one.emoji === emoji && one.participants.includes(room.localParticipant.id));
  const parent = /** @type {HTMLElement} */ (opener.closest(".call") ?? document.body);
  const erase = () => openEraseDialog(parent, () => attempt(room.chat.erase(seq)));
  openMenu(opener, t("chat.options"), [
    {
      wide: true,
      items: may.react
        ? QUICK.map((emoji) => ({ text: emoji, label: t("chat.react", { emoji }), choose: () => attempt(room.chat.react(seq, emoji, !mine(emoji))) }))
        : [],
    },
    {
      items: [
        may.reply && { text: t("chat.reply"), icon: "reply", id: "chat-reply", choose: () => reply(message) },
        may.copy && { text: t("chat.copy"), icon: "copy", choose: () => void navigator.clipboard?.writeText(message.text) },
        may.edit && { text: t("chat.edit"), icon: "edit", id: "chat-edit", choose: () => edit(message) },
      ].filter((item) => item !== false),
    },
    { items: may.erase ? [{ text: t("chat.erase"), icon: "bin", id: "chat-erase", danger: true, choose: erase }] : [] },
  ]);
}

/** @param {HTMLElement} parent @param {() => void} erase */
function openEraseDialog(parent, erase) {
  openDialog(parent, { id: "erase-dialog", title: t("chat.erase.title") }, (close) => {
    const sure = () => {
      close();
      erase();
    };
    return [
      h("p", { class: "hint" }, t("chat.erase.text")),
      h(
        "div",
        { class: "row end" },
        button(t("cancel"), { class: "button quiet", onclick: close }),
        button(t("chat.erase"), { id: "erase-sure", class: "button danger", onclick: sure }),
      ),
    ];
  });
}

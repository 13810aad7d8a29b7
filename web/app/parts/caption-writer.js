/**
 * A line to type captions in: others read along while one types, Enter says it, Esc closes. Whom it is of stays as it was when
 * the line was begun.
 */

import { newKey } from "/sdk/outbox.js";
import { throttleLatest } from "/sdk/throttle.js";
import { h } from "../lib/dom.js";
import { explain, t } from "../lib/strings.js";
import { iconButton } from "./controls.js";

const MOST_LETTERS = 500;
const EVERY_MS = 500; // while one types

/**
 * @param {import("/sdk/room.js").Room} room
 * @param {HTMLElement} area  where it is shown
 */
export function captionWriter(room, area) {
  const { captions, localParticipant: own, remoteParticipants: others } = room;
  const speaker = h("select", { id: "caption-speaker", "aria-label": t("captions.speaker"), onchange: () => text.focus() });
  const text = h("input", {
    id: "caption-text",
    maxlength: MOST_LETTERS,
    autocomplete: "off",
    placeholder: t("captions.placeholder"),
    "aria-label": t("captions.type"),
    "aria-describedby": "caption-error",
    dir: "auto",
    oninput: onInput,
  });
  const error = h("p", { class: "caption-error", id: "caption-error", role: "status" });
  const close = iconButton({ icon: "close", id: "caption-close", label: t("close"), key: "Esc", onclick: () => shut() });
  const send = h("button", { class: "button primary", id: "caption-send" }, t("chat.send"));
  const form = h("form", { class: "caption-write", id: "caption-write", "aria-label": t("captions.type") }, speaker, text, send, close, error);
  const typing = throttleLatest((/** @type {string} */ words) => say(words, false), EVERY_MS);
  /** The line that is being typed. @type {{key: string, participant: string} | null} */
  let line = null;
  /** @type {(() => void)[]} */
  let stops = [];
  /** Where the focus was. @type {Element | null} */
  let before = null;
  let last = ""; // who spoke last, beside oneself

  form.onsubmit = (event) => {
    event.preventDefault();
    if (!text.value.trim()) return;
    begin();
    typing.cancel();
    say(text.value, true);
    line = null;
    text.value = "";
    update();
  };
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    event.stopPropagation();
    shut();
  });

  function begin() {
    line ??= { key: newKey(), participant: speaker.value || last || own.id };
  }

  function onInput() {
    if (!text.value && !line) return;
    begin();
    typing.push(text.value);
  }

  /** @param {string} words @param {boolean} final */
  function say(words, final) {
    if (!line) return;
    captions.say(words.trim(), { ...line, final }).then(
      () => (error.textContent = ""),
      (failure) => form.isConnected && (final || failure.code !== "slow") && (error.textContent = explain(failure)),
    );
  }

  /** Who can be chosen, and whose the next line is where nobody is. */
  function update() {
    if (!form.isConnected) return;
    if (!room.meeting.may("caption")) return shut();
    const speaking = room.activeSpeakers.find(({ id }) => id !== own.id);
    last = speaking?.id ?? (others.has(last) ? last : "");
    const name = others.get(last)?.name ?? t("you");
    const people = [{ id: own.id, name: t("you") }, ...others.values()];
    const chosen = speaker.value;
    const choices = [h("option", { value: "" }, t("captions.speaker.auto", { name })), ...people.map((one) => h("option", { value: one.id }, one.name))];
    if (speaker.textContent === choices.map((one) => one.textContent).join("")) return; // an open list would close
    speaker.replaceChildren(...choices);
    speaker.value = people.some(({ id }) => id === chosen) ? chosen : "";
  }

  function open() {
    if (!form.isConnected) {
      before = document.activeElement;
      area.append(form);
      stops = [room.on("activeSpeakersChanged", update), room.on("participantConnected", update), room.on("participantDisconnected", update)];
      update();
    }
    text.focus();
  }

  /** What has not been said is taken back. */
  function shut() {
    if (!form.isConnected) return;
    typing.cancel();
    if (line && text.value) say("", true);
    line = null;
    text.value = error.textContent = "";
    for (const stop of stops) stop();
    const hadFocus = form.contains(document.activeElement);
    form.remove();
    if (hadFocus && before instanceof HTMLElement && before.isConnected) before.focus();
  }

  return { element: form, open, close: shut, update };
}

/** Reactions in the call: the six to choose from, and how one is seen for three seconds over whom it is of. */

import { announcer } from "../lib/announce.js";
import { h } from "../lib/dom.js";
import { QUICK } from "../lib/emoji.js";
import { t } from "../lib/strings.js";
import { openMenu } from "./menu.js";

/**
 * @typedef {import("/sdk/room.js").Room} Room
 * @typedef {import("/sdk/host-types.js").Emotion} Emotion
 */

const SHOWN_MS = 3_000;
const MOST = 5; // beside each other; more are not seen

/** What screen readers hear of them in each call. @type {WeakMap<Element, ReturnType<typeof announcer<Emotion>>>} */
const ears = new WeakMap();

/** @param {(emoji: string) => void} send @returns {import("./menu.js").MenuGroup} */
export function reactionChoices(send) {
  const items = QUICK.map((emoji, at) => ({
    text: emoji,
    id: `react-${at + 1}`,
    label: t("chat.react", { emoji }),
    shortcut: `Alt+${at + 1}`,
    choose: () => send(emoji),
  }));
  return { wide: true, items };
}

/** @param {HTMLElement} opener @param {(emoji: string) => void} send */
export function openReactions(opener, send) {
  openMenu(opener, t("bar.react"), [reactionChoices(send)]);
}

/**
 * Over the tile of whom it is of; where that is not shown, at the foot of the stage with the name.
 *
 * @param {Room} room
 * @param {Element} call
 * @param {Emotion[]} emotions
 */
export function showReactions(room, call, emotions) {
  const heard = ears.get(call) ?? announcer((/** @type {Emotion[]} */ all) => words(room, all));
  if (!ears.has(call)) call.append(heard.element);
  ears.set(call, heard);
  for (const emotion of emotions) heard.add(emotion);
  for (const { participant, emoji } of emotions) {
    const tile = [...call.querySelectorAll(`.tile[data-participant="${CSS.escape(participant)}"]`)].find(
      (one) => one instanceof HTMLElement && one.dataset.source === "camera" && one.checkVisibility(),
    );
    if (tile) float(tile, h("span", { class: "emote" }, emoji));
    else float(call.querySelector(".stage"), h("span", { class: "emote is-named" }, emoji, h("bdi", {}, nameOf(room, participant))));
  }
}

/** @param {Room} room @param {Emotion[]} emotions */
function words(room, emotions) {
  const [{ participant, emoji }] = emotions;
  if (emotions.length === 1) return t("react.one", { name: nameOf(room, participant), emoji });
  return t("react.more", { n: emotions.length, emoji: [...new Set(emotions.map((one) => one.emoji))].join(" ") });
}

/** @param {Room} room @param {string} id */
function nameOf({ localParticipant, remoteParticipants }, id) {
  return id === localParticipant.id ? t("you") : (remoteParticipants.get(id)?.name ?? "");
}

/** @param {Element | null | undefined} place @param {HTMLElement} one */
function float(place, one) {
  const shown = place?.querySelectorAll(":scope > .emote") ?? [];
  if (!place || shown.length >= MOST) return;
  const taken = [...shown].map((each) => /** @type {HTMLElement} */ (each).dataset.at);
  const at = [0, 1, 2, 3, 4].find((free) => !taken.includes(String(free))) ?? 0;
  one.dataset.at = String(at);
  one.setAttribute("aria-hidden", "true"); // it is told in words
  one.style.setProperty("--at", String(at));
  place.append(one);
  setTimeout(() => one.remove(), SHOWN_MS);
}

/** One person in the list: picture, name, what they are, hand, microphone, camera, and the menu. */

import { avatar } from "../lib/avatar.js";
import { h, icon, setIcon, setLabel } from "../lib/dom.js";
import { t } from "../lib/strings.js";
import { iconButton } from "./controls.js";

/** @typedef {import("./people-model.js").Person} Person */

/** @param {Person} first @param {{open: (opener: HTMLElement, person: Person) => void, has: (person: Person) => boolean}} menu */
export function personRow(first, menu) {
  let person = first;
  let face = "";
  const name = h("span", { dir: "auto" });
  const badges = h("small", {});
  const picture = h("span", { class: "person-face" });
  const hand = h("span", { class: "person-hand", role: "img" }, icon("hand"), h("b", {}));
  const mic = mark();
  const cam = mark();
  const more = iconButton({ icon: "dots", label: "", class: "person-more", "aria-haspopup": "menu" });
  more.onclick = () => menu.open(more, person);
  const element = h(
    "li",
    { class: "person", dataset: { participant: first.id } },
    picture,
    h("div", { class: "person-name" }, name, badges),
    hand,
    mic,
    cam,
    more,
  );

  /** @param {Person} now */
  function update(now) {
    person = now;
    const shown = `${now.name}|${now.picture}`;
    if (shown !== face) picture.replaceChildren(avatar(now.id, now.name, now.picture));
    face = shown;
    name.textContent = now.self ? t("you.named", { name: now.name }) : now.name;
    name.title = now.name;
    badges.textContent = words(now);
    badges.hidden = !badges.textContent;
    hand.hidden = !now.hand;
    /** @type {HTMLElement} */ (hand.lastElementChild).textContent = String(now.turn);
    say(hand, t("people.hand", { n: now.turn }));
    show(mic, now.mic ? "mic" : "mic-off", t(now.mic ? "people.mic.on" : "people.mic.off"));
    show(cam, now.cam ? "camera" : "camera-off", t(now.cam ? "people.cam.on" : "people.cam.off"));
    more.classList.toggle("is-empty", !menu.has(now));
    setLabel(more, t("people.more", { name: now.name }));
  }
  return { element, update };
}

/** @param {Person} person */
function words({ role, guest, connection, spotlight }) {
  const all = [
    ...(role === "speaker" ? [] : [t(role)]),
    ...(guest ? [t("guest")] : []),
    ...(spotlight ? [t("people.spotlight")] : []),
    ...(connection === "connected" ? [] : [t(`tile.${connection}`)]),
  ];
  return all.join(" · ");
}

function mark() {
  return h("span", { class: "person-state", role: "img" }, icon("none"));
}

/** @param {HTMLElement} element @param {string} name @param {string} label */
function show(element, name, label) {
  setIcon(element, name);
  say(element, label);
}

/** @param {HTMLElement} element @param {string} label */
function say(element, label) {
  element.setAttribute("aria-label", label);
  element.title = label;
}

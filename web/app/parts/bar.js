/** The control bar: microphone, camera, share, hand, reactions, chat, people, more, leave, in this order. */

import { canShareScreen } from "/sdk/devices.js";
import { h, setIcon, setLabel } from "../lib/dom.js";
import { t } from "../lib/strings.js";
import { iconButton } from "./controls.js";

/**
 * @typedef {object} BarActions
 * @property {() => void} mic
 * @property {() => void} cam
 * @property {() => void} share
 * @property {() => void} hand
 * @property {(opener: HTMLElement) => void} react
 * @property {() => void} chat
 * @property {() => void} people
 * @property {() => void} leave
 * @property {(opener: HTMLElement) => void} micMenu
 * @property {(opener: HTMLElement) => void} camMenu
 * @property {(opener: HTMLElement) => void} moreMenu
 */

/** @param {BarActions} act */
export function controlBar(act) {
  const mic = iconButton({ id: "mic", icon: "mic", label: "", onclick: act.mic });
  const cam = iconButton({ id: "camera", icon: "camera", label: "", onclick: act.cam });
  const micMenu = opener("mic-menu", "bar.mic.menu", act.micMenu);
  const camMenu = opener("camera-menu", "bar.cam.menu", act.camMenu);
  const share = iconButton({ id: "share", icon: "share", label: "", onclick: act.share });
  const hand = iconButton({ id: "hand", icon: "hand", label: "", onclick: act.hand });
  const order = h("span", { class: "count", "aria-hidden": "true" });
  const react = iconButton({ id: "reactions", icon: "smile", label: t("bar.react"), "aria-haspopup": "menu" });
  react.onclick = () => act.react(react);
  const chat = iconButton({ id: "chat", icon: "chat", label: "", onclick: act.chat });
  const unread = h("span", { class: "count is-news", "aria-hidden": "true" });
  const count = h("span", { class: "count", "aria-hidden": "true" });
  const dot = h("i", { class: "dot", "aria-hidden": "true" });
  const people = iconButton({ id: "people", icon: "people", label: "", onclick: act.people });
  const more = iconButton({ id: "more", icon: "more", label: t("bar.more"), "aria-haspopup": "menu" });
  more.onclick = () => act.moreMenu(more);
  const leave = iconButton({ id: "leave", icon: "leave", label: t("bar.leave"), class: "leave", onclick: act.leave });
  people.append(count, dot);
  chat.append(unread);
  hand.append(order);
  const element = h(
    "div",
    { class: "bar", role: "toolbar", "aria-label": t("bar.label") },
    h("div", { class: "split" }, mic, micMenu),
    h("div", { class: "split" }, cam, camMenu),
    share,
    hand,
    react,
    chat,
    people,
    more,
    leave,
  );

  const own = [micMenu, camMenu, mic, cam, share];

  /**
   * @param {{publishes: boolean, mic: boolean, cam: boolean, screen: boolean, hand: number | null, react: boolean, people: number,
   *   waiting: number, unread: number, open: string}} state  `hand`: one's place among the raised, 0 none, null: one may not
   */
  function update(state) {
    for (const control of own) control.hidden = !state.publishes || (control === share && !canShareScreen());
    toggle(mic, state.mic, "mic", t(state.mic ? "bar.mic.on" : "bar.mic.off"), "M");
    toggle(cam, state.cam, "camera", t(state.cam ? "bar.cam.on" : "bar.cam.off"), "V");
    setIcon(share, state.screen ? "share-stop" : "share");
    setLabel(share, t(state.screen ? "bar.share.stop" : "bar.share"), "D");
    share.classList.toggle("is-active", state.screen);
    react.hidden = !state.react;
    hand.hidden = state.hand === null;
    hand.classList.toggle("is-active", Boolean(state.hand));
    hand.setAttribute("aria-pressed", String(Boolean(state.hand)));
    setLabel(hand, state.hand ? t("bar.hand.order", { n: state.hand }) : t("bar.hand"), "R");
    badge(order, state.hand ?? 0);
    setLabel(chat, state.unread ? t("bar.chat.unread", { n: state.unread }) : t("bar.chat"), "C");
    badge(unread, state.unread);
    expand(chat, state.open === "chat");
    const words = state.waiting ? "bar.people.waiting" : "bar.people.count";
    setLabel(people, t(words, { n: state.people, w: state.waiting }), "P");
    expand(people, state.open === "people");
    count.textContent = String(state.people);
    dot.hidden = state.waiting === 0;
  }
  return { element, update };
}

/** @param {HTMLElement} element @param {number} count */
function badge(element, count) {
  element.hidden = count === 0;
  element.textContent = count > 99 ? "99+" : String(count);
}

/** @param {HTMLElement} control @param {boolean} open */
function expand(control, open) {
  control.setAttribute("aria-expanded", String(open));
  control.classList.toggle("is-active", open);
}

/** @param {string} id @param {string} key @param {(opener: HTMLElement) => void} open */
function opener(id, key, open) {
  const control = iconButton({ id, icon: "up", label: t(key), class: "opener", "aria-haspopup": "menu" });
  control.onclick = () => open(control);
  return control;
}

/** @param {HTMLElement} control @param {boolean} on @param {string} name @param {string} label @param {string} key */
function toggle(control, on, name, label, key) {
  setIcon(control, on ? name : `${name}-off`);
  setLabel(control, label, key);
  control.classList.toggle("is-off", !on);
  control.dataset.on = String(on);
}

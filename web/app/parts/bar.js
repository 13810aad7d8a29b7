/** The control bar: microphone, camera, share, people, more, leave, in this order. */

import { canShareScreen } from "/sdk/index.js";
import { h, setIcon, setLabel } from "../lib/dom.js";
import { t } from "../lib/strings.js";
import { iconButton } from "./controls.js";

/**
 * @typedef {object} BarActions
 * @property {() => void} mic
 * @property {() => void} cam
 * @property {() => void} share
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
  const count = h("span", { class: "count", "aria-hidden": "true" });
  const people = iconButton({ id: "people", icon: "people", label: "", onclick: act.people });
  const more = iconButton({ id: "more", icon: "more", label: t("bar.more"), "aria-haspopup": "menu" });
  more.onclick = () => act.moreMenu(more);
  const leave = iconButton({ id: "leave", icon: "leave", label: t("bar.leave"), class: "leave", onclick: act.leave });
  people.append(count);
  const element = h(
    "div",
    { class: "bar", role: "toolbar", "aria-label": t("bar.label") },
    h("div", { class: "split" }, mic, micMenu),
    h("div", { class: "split" }, cam, camMenu),
    share,
    people,
    more,
    leave,
  );

  const own = [micMenu, camMenu, mic, cam, share];

  /**
   * @param {{publishes: boolean, mic: boolean, cam: boolean, screen: boolean, people: number, peopleOpen: boolean}} state
   */
  function update(state) {
    for (const control of own) control.hidden = !state.publishes || (control === share && !canShareScreen());
    toggle(mic, state.mic, "mic", t(state.mic ? "bar.mic.on" : "bar.mic.off"), "M");
    toggle(cam, state.cam, "camera", t(state.cam ? "bar.cam.on" : "bar.cam.off"), "V");
    setIcon(share, state.screen ? "share-stop" : "share");
    setLabel(share, t(state.screen ? "bar.share.stop" : "bar.share"), "D");
    share.classList.toggle("is-active", state.screen);
    setLabel(people, t("bar.people.count", { n: state.people }), "P");
    people.setAttribute("aria-expanded", String(state.peopleOpen));
    people.classList.toggle("is-active", state.peopleOpen);
    count.textContent = String(state.people);
  }
  return { element, update };
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

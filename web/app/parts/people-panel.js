/** The list of who is here: hosts first, then everybody, A to Z, with a search. */

import { avatar } from "../lib/avatar.js";
import { h, icon } from "../lib/dom.js";
import { t } from "../lib/strings.js";
import { button, iconButton } from "./controls.js";

/** @typedef {import("./people-model.js").Person} Person */

/** @param {{close: () => void, copy: () => void}} act */
export function peoplePanel(act) {
  const search = h("input", { id: "people-search", type: "search", placeholder: t("people.search"), oninput: render });
  search.setAttribute("aria-label", t("people.search"));
  const list = h("div", { class: "people-list" });
  const copy = button(t("more.copy"), { id: "people-copy", class: "button", onclick: act.copy }, "copy");
  const element = h(
    "aside",
    { class: "panel", id: "people-panel", "aria-label": t("people.title") },
    h(
      "header",
      { class: "panel-head" },
      h("h2", {}, t("people.title")),
      iconButton({ id: "panel-close", icon: "close", label: t("close"), key: "Esc", onclick: act.close }),
    ),
    search,
    list,
    copy,
  );
  /** @type {Person[]} */
  let people = [];

  function render() {
    const wanted = search.value.trim().toLocaleLowerCase();
    const found = people.filter(({ name }) => name.toLocaleLowerCase().includes(wanted)).sort(byName);
    const hosts = found.filter(isHost);
    const others = found.filter((person) => !isHost(person));
    search.hidden = people.length < 2;
    list.replaceChildren(
      ...group(t("people.hosts"), hosts),
      ...group(t("people.call"), others),
      ...(found.length ? [] : [h("p", { class: "hint" }, t("people.none"))]),
      ...(people.length === 1 ? [h("p", { class: "hint" }, t("people.alone"))] : []),
    );
  }

  return {
    element,
    /** @param {Person[]} all */
    update(all) {
      people = all;
      render();
    },
  };
}

/** @param {Person} a @param {Person} b */
function byName(a, b) {
  return a.name.localeCompare(b.name);
}

/** @param {Person} person */
function isHost({ role }) {
  return role === "host" || role === "co-host";
}

/** @param {string} title @param {Person[]} people */
function group(title, people) {
  if (people.length === 0) return [];
  return [h("h3", {}, title, h("span", { class: "hint" }, ` ${people.length}`)), h("ul", {}, ...people.map(row))];
}

/** @param {Person} person */
function row(person) {
  return h(
    "li",
    { class: "person", dataset: { participant: person.id } },
    avatar(person.id, person.name),
    h("div", { class: "person-name" }, h("span", { title: person.name }, shownName(person)), badges(person)),
    state(person.mic ? "mic" : "mic-off", t(person.mic ? "people.mic.on" : "people.mic.off")),
    state(person.cam ? "camera" : "camera-off", t(person.cam ? "people.cam.on" : "people.cam.off")),
  );
}

/** @param {Person} person */
function shownName({ name, self }) {
  return self ? t("you.named", { name }) : name;
}

/** @param {Person} person */
function badges({ role, guest, connection }) {
  const words = [
    ...(role === "speaker" ? [] : [t(role)]),
    ...(guest ? [t("guest")] : []),
    ...(connection === "connected" ? [] : [t(`tile.${connection}`)]),
  ];
  return words.length ? h("small", {}, words.join(" · ")) : null;
}

/** @param {string} name @param {string} label */
function state(name, label) {
  return h("span", { class: "person-state", role: "img", "aria-label": label, title: label }, icon(name));
}

/** How a host leaves: the meeting goes to somebody else, or ends for all. */

import { h } from "../lib/dom.js";
import { explain, locale, t } from "../lib/strings.js";
import { button, field } from "./controls.js";
import { openDialog } from "./dialog.js";
import { mayLead } from "./person-actions.js";

/** @typedef {import("./people-model.js").Person} Person */

/** Who may become host, the best first: co-hosts, then accounts, then guests. @param {Person[]} people @param {boolean} guests */
export function heirs(people, guests) {
  const rank = (/** @type {Person} */ { role, guest }) => (role === "co-host" ? 0 : role === "viewer" ? 3 : guest ? 2 : 1);
  return people.filter((person) => !person.self && mayLead(person, guests)).sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name, locale()));
}

/** @param {HTMLElement} parent @param {import("/sdk/room.js").Room} room @param {Person[]} people */
export function openLeaveDialog(parent, room, people) {
  const { meeting } = room;
  const options = heirs(people, meeting.about.settings?.hand_over_to_guests ?? false).map(({ id, name }) => h("option", { value: id }, name));
  const handsOver = meeting.may("hand-over") && options.length > 0;
  const led = handsOver || people.some(({ self, role }) => !self && (role === "host" || role === "co-host"));
  openDialog(parent, { id: "leave-dialog", class: "leave-dialog", title: t("leave.title") }, (close) => {
    const heir = h("select", { id: "leave-heir", onchange: () => (error.textContent = "") }, ...options);
    const error = h("p", { class: "error", id: "leave-error", role: "status" });
    const attempt = async (/** @type {() => Promise<unknown>} */ request, then = () => {}) => {
      try {
        await request();
        close();
        then();
      } catch (failure) {
        error.textContent = explain(/** @type {import("/sdk/index.js").TrebleError} */ (failure));
      }
    };
    const leave = () => room.disconnect();
    return [
      h("p", { class: "hint" }, t(led ? "leave.text" : "leave.nobody")),
      handsOver && field(t("leave.hand-over"), heir),
      error,
      h(
        "div",
        { class: "leave-ways" },
        handsOver &&
          button(t("leave.do"), { id: "leave-hand-over", class: "button primary", onclick: () => attempt(() => meeting.handOver(heir.value), leave) }),
        button(t("leave.just"), { id: "leave-just", class: "button quiet", onclick: leave }),
        meeting.may("end") && button(t("leave.end"), { id: "leave-end", class: "button danger", onclick: () => attempt(() => meeting.end()) }),
        button(t("cancel"), { class: "button quiet", onclick: close }),
      ),
    ];
  });
}

/** Home: start a meeting, or join one by its link or code; and the meetings that this browser was in. */

import { h } from "../lib/dom.js";
import { parseInvitation } from "../lib/link.js";
import { forgetRoom, recentRooms } from "../lib/recent.js";
import { locale, t } from "../lib/strings.js";
import { button, field, iconButton, setFieldError } from "../parts/controls.js";
import { pageHead } from "../parts/page-head.js";

/**
 * @param {import("../parts/quiet-page.js").App} app
 * @param {(invitation: import("../lib/link.js").Invitation) => void} join
 */
export function homeScreen(app, join) {
  const head = pageHead(app.session, app);
  const input = h("input", {
    id: "code",
    type: "text",
    autocomplete: "off",
    spellcheck: "false",
    autocapitalize: "none",
    placeholder: t("home.join.hint"),
    oninput: () => setFieldError(input, ""),
  });
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    const invitation = parseInvitation(input.value);
    if (invitation) return join(invitation);
    setFieldError(input, t("home.join.bad"));
    input.focus();
  };
  const start = button(t("home.new"), { id: "new-meeting", class: "button primary large", onclick: () => app.goTo("/#new") }, "camera");
  const element = h(
    "main",
    { class: "home" },
    head.element,
    h(
      "div",
      { class: "home-body" },
      h("h1", {}, t("home.title")),
      h("p", { class: "lead" }, t("home.lead")),
      start,
      h("p", { class: "or" }, t("home.or")),
      h(
        "form",
        { class: "home-join", onsubmit: submit, novalidate: true },
        field(t("home.join.label"), input, button(t("home.join"), { type: "submit", id: "join-code" })),
      ),
      recentList(join),
    ),
  );
  return { element, close: head.close };
}

/** @param {(invitation: import("../lib/link.js").Invitation) => void} join */
function recentList(join) {
  const list = h("ul", { class: "recent-list" });
  const element = h("section", { class: "recent", id: "recent", "aria-labelledby": "recent-title" }, h("h2", { id: "recent-title" }, t("home.recent")), list);

  function render() {
    const rooms = recentRooms();
    element.hidden = rooms.length === 0;
    list.replaceChildren(...rooms.map(row));
  }

  /** @param {import("../lib/recent.js").Recent} recent */
  function row({ title, at, ...invitation }) {
    const { room } = invitation;
    const name = title || room;
    const open = h(
      "button",
      { type: "button", class: "recent-open", onclick: () => join(invitation) },
      h("span", { class: "recent-name", dir: "auto" }, name),
      h("span", { class: "hint" }, new Date(at).toLocaleString(locale(), { dateStyle: "medium", timeStyle: "short" })),
    );
    const forget = iconButton({
      icon: "close",
      label: t("home.forget", { room: name }),
      onclick: () => {
        forgetRoom(room);
        render();
      },
    });
    return h("li", { dataset: { room } }, open, forget);
  }

  render();
  return element;
}

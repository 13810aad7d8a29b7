/** Another name for oneself; where a host has to agree, this is said before. */

import { h } from "../lib/dom.js";
import { explain, t } from "../lib/strings.js";
import { button, field, setFieldError } from "./controls.js";
import { openDialog } from "./dialog.js";
import { rest } from "./rest.js";

const LONGEST = 60;

/**
 * @param {HTMLElement} parent
 * @param {import("/sdk/room.js").Room} room
 * @param {(asked: boolean) => void} done
 */
export function openRenameDialog(parent, { localParticipant: own, meeting }, done) {
  openDialog(parent, { id: "rename-dialog", title: t("rename.title") }, (close) => {
    const name = h("input", { id: "rename-name", type: "text", maxlength: LONGEST, autocomplete: "name", value: own.name, oninput: () => setFieldError(name, "") });
    const save = button(t(meeting.may("rename") ? "rename.save" : "ask.do"), { id: "rename-save", type: "submit", class: "button primary" });
    const submit = async (/** @type {Event} */ event) => {
      event.preventDefault();
      const wanted = name.value.trim();
      if (!wanted) return setFieldError(name, t("prejoin.name.missing"));
      if (wanted === own.name) return close();
      rest(save, true);
      try {
        done(await own.setName(wanted));
        close();
      } catch (error) {
        setFieldError(name, explain(/** @type {import("/sdk/index.js").TrebleError} */ (error)));
        rest(save, false);
      }
    };
    queueMicrotask(() => name.select());
    return [
      h(
        "form",
        { novalidate: true, onsubmit: submit },
        field(t("prejoin.name"), name),
        meeting.may("rename") ? null : h("p", { class: "hint" }, t("rename.asks")),
        h("div", { class: "row end" }, button(t("cancel"), { class: "button quiet", onclick: close }), save),
      ),
    ];
  });
}

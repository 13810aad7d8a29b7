/** Who did what: the log of the meeting, the newest first, a page at a time. */

import { h } from "../lib/dom.js";
import { auditWords } from "../lib/audit-words.js";
import { dateWords } from "../lib/since.js";
import { t } from "../lib/strings.js";
import { button } from "./controls.js";
import { openDialog } from "./dialog.js";
import { rest } from "./rest.js";

/** @typedef {import("/sdk/host-types.js").AuditEntry} AuditEntry */

/** @param {HTMLElement} parent @param {import("/sdk/room.js").Room} room */
export function openAuditDialog(parent, { meeting }) {
  openDialog(parent, { id: "audit-dialog", class: "wide", title: t("meeting.audit") }, (close) => {
    const list = h("ol", { class: "audit" });
    const note = h("p", { class: "hint", role: "status" });
    const more = button(t("audit.more"), { id: "audit-more", class: "button quiet", hidden: true, onclick: () => load() });
    /** @type {number | undefined} */
    let before;

    async function load() {
      rest(more, true);
      try {
        const page = await meeting.audit(before);
        const entries = page.entries ?? [];
        list.append(...entries.map(line));
        before = entries.at(-1)?.at;
        more.hidden = !page.more;
        note.textContent = list.childElementCount ? "" : t("audit.empty");
      } catch {
        note.textContent = t("audit.failed");
      }
      rest(more, false);
    }
    load();
    return [list, note, h("div", { class: "row end" }, more, button(t("close"), { class: "button primary", onclick: close }))];
  });
}

/** @param {AuditEntry} entry */
function line(entry) {
  const time = h("time", { datetime: new Date(entry.at).toISOString() }, dateWords(entry.at));
  return h("li", {}, time, h("span", {}, auditWords(entry)));
}

/** Captions are started: in which language, where they come from, and what becomes of encryption. */

import { captionLanguages } from "../lib/caption-languages.js";
import { h } from "../lib/dom.js";
import { remember } from "../lib/prefs.js";
import { explain, t } from "../lib/strings.js";
import { button, field, setFieldError } from "./controls.js";
import { openDialog } from "./dialog.js";

/** @param {HTMLElement} parent @param {import("/sdk/room.js").Room} room */
export function openCaptionStart(parent, room) {
  const options = captionLanguages().map(({ language, name }) => h("option", { value: language }, name));
  const select = h("select", { id: "captions-language" }, ...options);
  select.value = document.documentElement.lang;
  if (!select.value) select.value = "en";

  openDialog(parent, { id: "captions-start-dialog", class: "stacked", title: t("captions.start.title") }, (close) => {
    async function start() {
      try {
        await room.captions.start(select.value);
      } catch (error) {
        return setFieldError(select, explain(/** @type {import("/sdk/errors.js").TrebleError} */ (error)));
      }
      remember({ captions: true });
      close();
    }

    return [
      h("p", {}, t("captions.start.why")),
      room.encryption.isOn && h("p", { id: "captions-plain" }, h("strong", {}, t("captions.start.sealed"))),
      field(t("captions.language"), select),
      h(
        "div",
        { class: "row end" },
        button(t("cancel"), { class: "button quiet", onclick: close }),
        button(t("captions.start.do"), { id: "captions-start-do", class: "button primary", onclick: start }),
      ),
    ];
  });
}

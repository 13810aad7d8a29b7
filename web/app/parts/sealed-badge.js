/** End-to-end encryption in the call: the badge in the strip, and what is said when it cannot go on by itself. */

import { h, icon, setIcon } from "../lib/dom.js";
import { addIcon } from "../lib/late-icon.js";
import { t } from "../lib/strings.js";
import { needStyles } from "../lib/styles.js";
import { alerts } from "./alerts.js";
import { withPart } from "./lazy.js";

/** @typedef {import("/sdk/room.js").Room} Room */

/** @param {Room} room @param {import("../lib/link.js").Invitation} invitation @param {() => HTMLElement} parent  of dialogs */
export function sealedBadge(room, invitation, parent) {
  const { encryption } = room;
  const notices = alerts();
  addIcon("shield-off", "M12 3.5 5 6v5.5c0 4.5 3 7.5 7 9 4-1.5 7-4.5 7-9V6ZM9.5 9.5l5 5M14.5 9.5l-5 5");
  const words = h("span", {});
  const badge = h(
    "button",
    { type: "button", class: "strip-badge", id: "sealed-badge", "aria-haspopup": "dialog", hidden: true, onclick: open },
    icon("shield"),
    words,
  );
  let said = "";

  function open() {
    withPart(parent(), () => import("./sealed-dialog.js"), ({ openSealedDialog }) => openSealedDialog(parent(), room, invitation));
  }

  function update() {
    const { state, plain } = encryption;
    const told = `${state} ${plain.join()}`;
    if (told === said) return;
    said = told;
    if (state !== "off") needStyles("sealed").catch(() => {}); // plain, but there
    badge.hidden = state === "off";
    badge.dataset.state = state;
    setIcon(badge, state === "on" ? "shield" : "shield-off");
    words.textContent = state === "off" ? "" : t(`sealed.${state}`);
    notices.clear("sealed");
    if (state === "needs-secret") {
      notices.say("sealed", t("sealed.needs-secret.why"), [{ text: t("sealed.enter"), id: "sealed-enter", choose: open }]);
    } else if (state === "alone") {
      notices.say("sealed", t(`sealed.off.${plain[0] ?? "setting"}`), [
        { text: t("sealed.go-without"), id: "sealed-go-without", choose: () => encryption.goWithout() },
        { text: t("bar.leave"), id: "sealed-leave", quiet: true, choose: () => room.disconnect() },
      ]);
    }
  }

  const stop = room.on("encryptionChanged", update);
  update();
  return { badge, element: notices.element, close: stop };
}

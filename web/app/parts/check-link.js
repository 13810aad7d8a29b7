/** To the connection test, in a tab of its own: a call goes on meanwhile. */

import { h } from "../lib/dom.js";
import { t } from "../lib/strings.js";

export function checkLink() {
  return h("a", { class: "button quiet check-link", href: "/check", target: "_blank", rel: "noopener" }, t("check.open"));
}

/** The name of the product, on quiet screens. */

import { h, icon } from "../lib/dom.js";
import { t } from "../lib/strings.js";

export function brand() {
  return h("p", { class: "brand" }, icon("treble"), h("span", {}, t("app.name")));
}

/** "Continue with ...": one button for each provider that the server offers; nothing where it offers none. */

import { h } from "../lib/dom.js";
import { t } from "../lib/strings.js";
import { button } from "./controls.js";

/**
 * @param {Promise<import("../lib/account.js").Provider[]>} offered
 * @param {(provider: string) => void} go
 */
export function providerButtons(offered, go) {
  const element = h("div", { class: "providers", hidden: true });
  offered.then(
    (providers) => {
      const buttons = providers.map(({ id, name }) =>
        button(t("sign-in.with", { provider: name }), { id: `with-${id}`, class: "button quiet", onclick: () => go(id) }),
      );
      element.replaceChildren(...buttons, h("p", { class: "or" }, t("home.or")));
      element.hidden = providers.length === 0;
    },
    () => {}, // the e-mail's way says that the server is away
  );
  return element;
}

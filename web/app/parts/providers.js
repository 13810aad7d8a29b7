/** "Continue with ...": one button for each provider that the server offers; nothing where it offers none. */

import { TrebleError } from "/sdk/errors.js";
import { providerName } from "../lib/account.js";
import { h } from "../lib/dom.js";
import { explain, t } from "../lib/strings.js";
import { button } from "./controls.js";

/** @param {import("../lib/account.js").Account} account */
export function providerButtons(account) {
  const error = h("p", { class: "error", id: "provider-error", role: "status", hidden: true });
  const element = h("div", { class: "providers", hidden: true });

  /** @param {string} provider */
  async function go(provider) {
    error.hidden = true;
    try {
      await account.goTo(provider);
    } catch (failure) {
      if (!(failure instanceof TrebleError)) throw failure;
      error.textContent = explain(failure);
      error.hidden = false;
    }
  }

  account.providers().then(
    (providers) => {
      const buttons = providers.map((id) =>
        button(t("sign-in.with", { provider: providerName(id) }), {
          id: `with-${id}`,
          class: "button quiet",
          onclick: () => go(id),
        }),
      );
      element.replaceChildren(...buttons, error, h("p", { class: "or" }, t("home.or")));
      element.hidden = providers.length === 0;
    },
    () => {}, // the e-mail's way says that the server is away
  );
  return element;
}

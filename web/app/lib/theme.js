/** Light, dark, or like the system; `tokens.css` does the rest. */

import { prefs, remember } from "./prefs.js";

/** @param {"system" | "light" | "dark"} theme */
export function useTheme(theme = prefs.theme) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  document.querySelectorAll("[name=theme-color]").forEach((meta, at) => {
    const scheme = ["light", "dark"][at];
    const media = theme === "system" ? `(prefers-color-scheme: ${scheme})` : theme === scheme ? "all" : "not all";
    meta.setAttribute("media", media);
  });
  if (theme !== prefs.theme) remember({ theme });
}

/** How one looks at the call: grid or speaker view, picture-in-picture, full screen; a button for the strip, and rows of "More". */

import { setIcon, setLabel } from "../lib/dom.js";
import { t } from "../lib/strings.js";
import { iconButton } from "./controls.js";
import { withPart } from "./lazy.js";
import { hasPictureInPicture } from "./small-view.js";

/**
 * @param {() => import("./stage.js").Stage} stage
 * @param {{call: () => HTMLElement, mustStay: () => boolean}} hooks  `mustStay`: the bar may not hide on a full screen
 */
export function viewControls(stage, { call, mustStay }) {
  const layout = iconButton({ id: "layout", icon: "speaker-view", label: "", onclick: () => stage().toggleLayout() });
  /** @type {ReturnType<typeof import("./full-screen.js").fullScreen> | null} */
  let full = null;

  function toggleFull() {
    withPart(call(), () => import("./full-screen.js"), ({ fullScreen }) => {
      full ??= fullScreen(call(), mustStay);
      return full.toggle();
    });
  }

  /** @param {"grid" | "speaker" | null} mode  null: one is alone */
  function show(mode) {
    layout.hidden = mode === null;
    setIcon(layout, icon(mode));
    setLabel(layout, words(mode), "W");
  }

  /** @returns {import("./menu.js").MenuItem[]} */
  function items() {
    const { mode, small } = stage();
    const all = [
      { text: words(mode), icon: icon(mode), key: "W", id: "more-layout", choose: () => stage().toggleLayout() },
      { text: t("pip"), icon: "small-window", on: small.isOpen, id: "small-window", choose: () => small.toggle() },
      { text: t(document.fullscreenElement ? "full-screen.leave" : "full-screen"), icon: "full-screen", key: "S", id: "full-screen", choose: toggleFull },
    ];
    const possible = [!layout.hidden, hasPictureInPicture(), document.fullscreenEnabled];
    return all.filter((_, at) => possible[at]);
  }

  return {
    layout,
    show,
    items,
    toggleFull,
    /** After a change of who waits. */
    update: () => full?.update(),
    close: () => full?.close(),
  };
}

/** What the other layout is. @param {"grid" | "speaker" | null} mode */
function words(mode) {
  return t(mode === "speaker" ? "layout.grid" : "layout.speaker");
}

/** @param {"grid" | "speaker" | null} mode */
function icon(mode) {
  return mode === "speaker" ? "grid-view" : "speaker-view";
}

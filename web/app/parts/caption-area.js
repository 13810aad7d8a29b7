/** Where captions are read: under the stage, three lines, the newest last; to screen readers only where one has chosen that. */

import { CaptionLog } from "../lib/caption-log.js";
import { h } from "../lib/dom.js";
import { prefs } from "../lib/prefs.js";
import { t } from "../lib/strings.js";

const MOST_HEARD = 5; // lines that a screen reader can go back to

/** @param {import("/sdk/room.js").Room} room */
export function captionArea(room) {
  const log = new CaptionLog();
  const lines = h("div", { class: "caption-lines" });
  const ears = h("div", { class: "unseen", id: "captions-heard", "aria-live": "polite" });
  const element = h("section", { class: "captions", id: "captions", "aria-label": t("captions.title") }, lines, ears);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  /** @param {import("../lib/caption-log.js").Speaker} speaker */
  function nameOf({ id, name }) {
    return id === room.localParticipant.id ? t("you") : name;
  }

  /** @param {import("../lib/caption-log.js").Segment} segment @param {import("../lib/caption-log.js").Speaker} speaker */
  function take(segment, speaker) {
    if (!element.isConnected) return;
    log.take(segment, { id: speaker.id, name: speaker.name }, Date.now());
    if (segment.final && segment.text && prefs.captionsSpoken) speak(segment, nameOf(speaker));
    render();
  }

  /** @param {import("../lib/caption-log.js").Segment} segment @param {string} name */
  function speak({ text, language }, name) {
    ears.append(h("p", {}, `${name}: `, h("span", { lang: language }, text)));
    if (ears.childElementCount > MOST_HEARD) ears.firstElementChild?.remove();
  }

  function render() {
    clearTimeout(timer);
    const now = Date.now();
    log.forget(now);
    const turns = log.turns.map(({ speaker, segments }) => turn(nameOf(speaker), segments));
    lines.replaceChildren(...(turns.length ? turns : [h("p", { class: "caption-none" }, t("captions.none"))]));
    if (turns.length) timer = setTimeout(render, Math.max(0, log.due - now) + 50);
  }

  room.on("transcriptionReceived", (segments, speaker) => segments.forEach((segment) => take(segment, speaker)));
  render();

  return {
    element,
    /** @param {string} language */
    update(language) {
      element.dataset.size = prefs.captionSize ?? "medium";
      element.lang = language;
      element.setAttribute("aria-label", t("captions.title"));
      if (!prefs.captionsSpoken) ears.replaceChildren();
    },
    clear() {
      log.clear();
      ears.replaceChildren();
      render();
    },
  };
}

/** Who speaks, and the end of what is said. @param {string} name @param {import("../lib/caption-log.js").Segment[]} segments */
function turn(name, segments) {
  const words = segments.flatMap(({ text, language, final }) => [h("span", { lang: language, dataset: { final } }, text), " "]);
  return h(
    "p",
    { class: "caption" },
    h("bdi", { class: "caption-name", lang: document.documentElement.lang }, name),
    h("span", { class: "caption-text" }, h("span", { dir: "auto" }, ...words)),
  );
}

/**
 * What an address asks of the page for this visit, as `<treble-room>` writes it (`docs/embedding.md`). Pure.
 *
 * @typedef {object} Options
 * @property {Partial<import("./prefs.js").Prefs>} prefs  in place of what this browser remembers
 * @property {ReadonlySet<string>} without  what is not offered: `chat`, `people`, `share`, `hand`, `settings`
 * @property {boolean} atOnce  no pre-join where the name is known; in a frame only, which the operator allows
 * @property {string | null} embedder  the origin of the page whose frame this is
 */

const THEMES = /** @type {const} */ (["system", "light", "dark"]);
const LAYOUTS = /** @type {const} */ (["grid", "speaker"]);
const PARTS = ["chat", "people", "share", "hand", "settings"];
const MAX_NAME = 60;
/** Their single keys. @type {{[part: string]: string}} */
const KEYS = { chat: "c", people: "p", share: "d", hand: "r" };

/** @param {string} search  of the address @param {boolean} framed @returns {Options} */
export function optionsOf(search, framed) {
  const query = new URLSearchParams(search);
  const embedder = framed ? originOf(query.get("embed")) : null;
  const layout = LAYOUTS.find((one) => one === query.get("layout"));
  const theme = THEMES.find((one) => one === query.get("theme"));
  const words = (query.get("without") ?? "").split(/[\s,]+/);
  const name = (query.get("name") ?? "").trim().slice(0, MAX_NAME);
  return {
    prefs: {
      ...(name && { name }),
      ...switched("micOn", query.get("mic")),
      ...switched("camOn", query.get("camera")),
      ...(query.has("audio-only") && { audioOnly: query.get("audio-only") !== "off" }),
      ...(layout && { layout }),
      ...(theme && { theme }),
      ...(query.get("lang") && { language: query.get("lang") ?? "" }),
    },
    without: new Set(PARTS.filter((part) => words.includes(part))),
    atOnce: embedder !== null && query.get("prejoin") === "off",
    embedder,
  };
}

/** Shortcuts without those of parts that are not offered. @template T @param {{[key: string]: T}} actions @param {Options} options */
export function offered(actions, { without }) {
  const left = { ...actions };
  for (const part of without) delete left[KEYS[part]];
  return left;
}

/** @param {string} key @param {string | null} value */
function switched(key, value) {
  return value === "on" || value === "off" ? { [key]: value === "on" } : {};
}

/** @param {string | null} given */
function originOf(given) {
  return given && URL.canParse(given) && new URL(given).origin === given ? given : null;
}

/** The connection test: camera, microphone, the ways to the server, and what they carry; green, or what to do about it. */

import { openCamera, openMicrophone } from "/sdk/devices.js";
import { TrebleError } from "/sdk/errors.js";
import { CheckMedia } from "../lib/check-media.js";
import { networkRows } from "../lib/check-paths.js";
import { h, icon, setIcon } from "../lib/dom.js";
import { chosenCapture } from "../lib/capture.js";
import { listen } from "../lib/meter.js";
import { prefs } from "../lib/prefs.js";
import { explain, t } from "../lib/strings.js";
import { button } from "../parts/controls.js";
import { levelBars } from "../parts/level-bars.js";
import { pageHead } from "../parts/page-head.js";
import { rest } from "../parts/rest.js";

/**
 * @typedef {import("../lib/check-paths.js").Row} Row
 * @typedef {Row["state"] | "wait" | "run"} State
 */

const NAMES = /** @type {const} */ (["camera", "microphone", "socket", "udp", "tcp", "relay", "speed"]);
/** Shapes, so that colour does not have to tell it. @type {{[state in State]: string}} */
const ICONS = { wait: "none", run: "more", good: "check", fair: "warning", bad: "close", none: "hide" };
const LISTEN_MS = 5_000;
const HEARD = 0.0001; // peak

/** @param {import("../parts/quiet-page.js").App} app */
export function checkScreen(app) {
  const head = pageHead(app.session, app, { offers: false });
  const rows = Object.fromEntries(NAMES.map((name) => [name, checkRow(name)]));
  const start = button(t("check.start"), { id: "check-start", class: "button primary large", onclick: run });
  const copy = button(t("check.copy"), { id: "check-copy", class: "button", hidden: true, onclick: copyResult }, "copy");
  const news = h("p", { class: "hint", id: "check-news", role: "status" });
  const title = h("h1", { tabindex: -1 }, t("check.title"));
  const list = h("ul", { class: "check-rows" }, ...NAMES.map((name) => rows[name].element));
  const card = h("div", { class: "card quiet-card check-card" }, title, h("p", { class: "hint" }, t("check.lead")), list, news, h("div", { class: "row" }, start, copy));
  const element = h("main", { class: "quiet-page check-page" }, head.element, card);
  const media = new CheckMedia(location.origin);
  let closed = false;
  /** That is tried now. @type {MediaStreamTrack | null} */
  let open = null;

  async function run() {
    rest(start, true);
    copy.hidden = true;
    news.textContent = "";
    for (const name of NAMES) rows[name].show({ state: "run", key: "check.run" });
    try {
      await Promise.all([tryDevices(), tryNetwork()]);
    } finally {
      media.end();
      rest(start, false);
      start.querySelector("span")?.replaceChildren(t("check.again"));
    }
    if (closed) return;
    copy.hidden = false;
    news.textContent = t("check.done");
  }

  async function tryDevices() {
    await tryDevice("camera", () => openCamera(prefs.cam, chosenCapture()), look);
    await tryDevice("microphone", () => openMicrophone(prefs.mic), hear);
  }

  /** @param {"camera" | "microphone"} name @param {() => Promise<MediaStreamTrack>} get @param {(track: MediaStreamTrack) => Promise<void> | void} test */
  async function tryDevice(name, get, test) {
    if (closed) return;
    try {
      open = await get();
      if (!closed) await test(open);
      open.stop();
    } catch (error) {
      const failure = error instanceof TrebleError ? error : new TrebleError(`dev.busy.${name === "camera" ? "cam" : "mic"}`);
      rows[name].say("bad", explain(failure));
    }
  }

  /** @param {MediaStreamTrack} track */
  function look(track) {
    const { width = 0, height = 0 } = track.getSettings();
    rows.camera.show({ state: "good", key: "check.camera.good", values: { device: track.label, width, height } });
  }

  /** @param {MediaStreamTrack} track */
  async function hear(track) {
    const bars = levelBars("check-level");
    rows.microphone.show({ state: "run", key: "check.microphone.run" });
    rows.microphone.element.append(bars.element);
    bars.follow(track);
    const heard = await loudest(track);
    bars.close();
    bars.element.remove();
    const values = { device: track.label };
    if (heard === null) rows.microphone.show({ state: "good", key: "check.microphone.open", values });
    else if (heard > HEARD) rows.microphone.show({ state: "good", key: "check.microphone.good", values });
    else rows.microphone.show({ state: "bad", key: "check.microphone.silent", values });
  }

  async function tryNetwork() {
    const socket = await media.trySocket();
    if (closed) return;
    rows.socket.show(networkRows({ socket, udp: BLOCKED, tcp: null, relay: null, speed: null, at: NOWHERE }).socket);
    try {
      await media.begin();
      if (closed) return;
      const [udp, tcp, relay] = await Promise.all([media.tryPath("udp"), media.tryPath("tcp"), media.hasRelay ? media.tryPath("relay") : null]);
      const found = { socket, udp: udp.path ?? BLOCKED, tcp: tcp.path, relay: relay && relay.path, speed: null, at: udp.at };
      const before = networkRows(found);
      for (const name of /** @type {const} */ (["udp", "tcp", "relay"])) rows[name].show(before[name]);
      const isThrough = [found.udp, found.tcp, found.relay].some((path) => path?.ok);
      const speed = isThrough && !closed ? await media.measure((share) => rows.speed.progress(share)) : null;
      rows.speed.show(networkRows({ ...found, speed }).speed);
    } catch (error) {
      const failure = error instanceof TrebleError ? error : new TrebleError("bad.sdp", { detail: String(error) });
      for (const name of /** @type {const} */ (["udp", "tcp", "relay", "speed"])) rows[name].fail(explain(failure));
    }
  }

  /** For whoever is asked for help. */
  async function copyResult() {
    const lines = NAMES.map((name) => `${t(`check.${name}`)}: ${rows[name].text}`);
    const text = [t("check.title"), new Date().toISOString(), navigator.userAgent, ...lines].join("\n");
    const copied = await navigator.clipboard?.writeText(text).then(() => true, () => false);
    news.textContent = t(copied ? "settings.copied" : "check.copy.failed");
  }

  return {
    element,
    focus: () => start.focus(),
    close() {
      closed = true;
      open?.stop();
      head.close();
      media.end();
    },
  };
}

/** @type {import("../lib/check-paths.js").Path} */
const BLOCKED = { ok: false, rtt: null };
const NOWHERE = { address: "", port: "" };

/** One thing that is tested, its state by shape, colour and words. @param {typeof NAMES[number]} name */
function checkRow(name) {
  const mark = icon(ICONS.wait);
  const words = h("p", { class: "hint" }, t("check.wait"));
  const element = h("li", { dataset: { row: name, state: "wait" } }, mark, h("div", {}, h("h2", {}, t(`check.${name}`)), words, name === "speed" && h("p", { class: "hint" }, t("check.speed.hint"))));

  /** @param {State} state @param {string} text */
  function say(state, text) {
    element.dataset.state = state;
    setIcon(element, ICONS[state]);
    words.textContent = text;
  }

  return {
    element,
    say,
    get text() {
      return words.textContent ?? "";
    },
    /** @param {{state: State, key: string, values?: {[name: string]: string | number}}} row */
    show: ({ state, key, values }) => say(state, t(key, values)),
    /** Where nothing else has been found out. @param {string} text */
    fail: (text) => void (element.dataset.state === "run" && say("bad", text)),
    /** @param {number} share */
    progress: (share) => say("run", t("check.speed.run", { n: Math.round(share * 100) })),
  };
}

/**
 * The highest sample, until something is heard or for five seconds; null where this browser does not let us listen, for want
 * of any sound device to play on.
 *
 * @param {MediaStreamTrack} track
 * @returns {Promise<number | null>}
 */
function loudest(track) {
  return new Promise((resolve) => {
    /** @type {number | null} */
    let most = null;
    const done = () => {
      clearTimeout(timer);
      stop();
      resolve(most);
    };
    const timer = setTimeout(done, LISTEN_MS);
    const stop = listen(track, ({ peak }) => {
      most = Math.max(most ?? 0, peak);
      if (most > HEARD) done();
    });
  });
}

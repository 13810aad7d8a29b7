/** Devices in the settings: which ones, how loud the microphone is, what the speaker sounds like. */

import { openMicrophone } from "/sdk/devices.js";
import { TrebleError } from "/sdk/errors.js";
import { h } from "../lib/dom.js";
import { explain, t } from "../lib/strings.js";
import { checkLink } from "./check-link.js";
import { button } from "./controls.js";
import { deviceFields } from "./device-fields.js";
import { levelBars } from "./level-bars.js";
import { rest } from "./rest.js";

/**
 * The level is that of the open microphone, also while it is muted: a handle of its own is listened to, and only here. Where
 * none is open, one is opened on request and closed with the settings.
 *
 * @param {Pick<import("./settings-view.js").SettingsHost, "current" | "choose" | "microphone">} host
 */
export function deviceSettings({ current, choose, microphone }) {
  const fields = deviceFields(current, (kind, device) => {
    choose(kind, device);
    if (kind === "audioinput" && tested) test();
  });
  const level = levelBars("pref-level");
  const words = h("p", { class: "hint", role: "status" });
  const start = button(t("device.test.mic"), { id: "pref-test-mic", class: "button", onclick: test }, "mic");
  const row = h("div", { class: "settings-level" }, level.element, start, words);
  const onDevices = () => void fields.refresh();
  /** The open microphone that is listened to by `heard`. @type {MediaStreamTrack | null} */
  let source = null;
  /** @type {MediaStreamTrack | null} */
  let heard = null;
  /** Opened here. @type {MediaStreamTrack | null} */
  let tested = null;
  let closed = false;

  async function test() {
    rest(start, true);
    words.textContent = "";
    try {
      const track = await openMicrophone(current("audioinput"));
      tested?.stop();
      tested = track;
      if (closed) track.stop();
    } catch (error) {
      words.textContent = explain(error instanceof TrebleError ? error : { code: "dev.busy.mic" });
    }
    rest(start, false);
    if (!closed) update();
  }

  /** @param {MediaStreamTrack | null} track */
  function listen(track) {
    if (source === track) return;
    heard?.stop();
    source = track;
    heard = track?.clone() ?? null;
    if (heard) heard.enabled = true;
    level.follow(heard);
  }

  function update() {
    const open = microphone();
    listen((open?.readyState === "live" ? open : null) ?? tested);
    level.element.hidden = !heard;
    start.hidden = Boolean(heard);
    void fields.refresh();
  }

  fields.element.firstElementChild?.after(row); // below the microphone
  fields.element.append(h("div", {}, checkLink()));
  navigator.mediaDevices?.addEventListener("devicechange", onDevices);
  return {
    element: fields.element,
    update,
    close() {
      closed = true;
      navigator.mediaDevices?.removeEventListener("devicechange", onDevices);
      listen(null);
      level.close();
      tested?.stop();
    },
  };
}

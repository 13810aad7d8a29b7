/**
 * Listens to one's own open microphone while there is something to say about it: that nothing comes from it, or that one
 * talks while muted. A handle of its own is listened to, also while the one that is sent is silent; nothing of it leaves
 * the browser.
 */

import { isTouch } from "../lib/capture.js";
import { MicHints } from "../lib/mic-hints.js";
import { listen } from "../lib/meter.js";
import { prefs } from "../lib/prefs.js";
import { t } from "../lib/strings.js";
import { button } from "./controls.js";

/**
 * @param {import("/sdk/room.js").Room} room
 * @param {{news: ReturnType<typeof import("./toasts.js").toasts>, unmute: () => void, choose: () => void}} act  `choose`: where
 *   another microphone is chosen
 */
export function micHints({ localParticipant: own }, { news, unmute, choose }) {
  const hints = new MicHints();
  /** @type {MediaStreamTrack | null} */
  let source = null;
  let muted = false;
  let stop = () => {};

  function update() {
    const track = own.track("microphone");
    const isOff = !own.isMicrophoneEnabled;
    if (track === source && isOff === muted) return;
    stop();
    [source, muted] = [track, isOff];
    stop = track?.readyState === "live" ? follow(track) : () => {};
  }

  /** @param {MediaStreamTrack} track */
  function follow(track) {
    const ear = track.clone();
    ear.enabled = true;
    const end = listen(ear, ({ peak, level }) => {
      const device = track.getSettings().deviceId ?? track.id;
      const hint = hints.take({ at: performance.now(), device, muted, peak, level });
      if (hint) tell(hint, track.label);
      if (hints.isDone) close();
    });
    const close = () => {
      end();
      ear.stop();
    };
    return close;
  }

  /** @param {import("../lib/mic-hints.js").MicHint} hint @param {string} device */
  function tell(hint, device) {
    if (hint === "silent") {
      return news.show(t("mic.silent", { device }), button(t("mic.silent.choose"), { id: "mic-choose", class: "button quiet", onclick: choose }));
    }
    const words = t(prefs.shortcuts && !isTouch() ? "mic.mutedTalk" : "mic.mutedTalk.tap");
    news.show(words, button(t("host.unmute"), { id: "mic-unmute", class: "button quiet", onclick: unmute }));
  }

  update();
  return { update, close: () => stop() };
}

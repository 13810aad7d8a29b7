/**
 * Listens to one's own open microphone while there is something to say about it: that nothing comes from it, or that one
 * talks while muted. A handle of its own is listened to, also while the one that is sent is silent; nothing of it leaves
 * the browser.
 */

import { MicHints } from "../lib/mic-hints.js";
import { listen } from "../lib/meter.js";
import { withPart } from "./lazy.js";

/**
 * @param {import("/sdk/room.js").Room} room
 * @param {{unmute: () => void, choose: () => void}} act  `choose`: where another microphone is chosen
 */
export function micHints(room, act) {
  const { localParticipant: own } = room;
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
    hints.turn(muted);
    stop = track?.readyState === "live" ? follow(track) : () => {};
  }

  /** @param {MediaStreamTrack} track */
  function follow(track) {
    const ear = track.clone();
    ear.enabled = true;
    const end = listen(ear, ({ peak, level }) => {
      const device = track.getSettings().deviceId ?? track.id;
      const hint = hints.take({ at: performance.now(), device, peak, level });
      if (hint) withPart(document.body, () => import("./device-news.js"), ({ tellOfMic }) => tellOfMic(room, hint, track, act));
      if (hints.isDone) close();
    });
    const close = () => {
      end();
      ear.stop();
    };
    return close;
  }

  update();
  return { update, close: () => stop() };
}

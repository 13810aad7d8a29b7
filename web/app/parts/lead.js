/** What leads the meeting, in the notices: who waits, what is asked for, what a host did to one or wants of one. */

import { doorBell } from "../lib/knock.js";
import { prefs } from "../lib/prefs.js";
import { explain, t } from "../lib/strings.js";
import { alerts as makeAlerts } from "./alerts.js";
import { approvalsBanner } from "./approvals-banner.js";
import { askFlow } from "./ask-flow.js";
import { doorBanner } from "./door-banner.js";

/**
 * @typedef {import("/sdk/room.js").Room} Room
 * @typedef {import("/sdk/types.js").Source} Source
 *
 * @typedef {object} LeadHooks
 * @property {ReturnType<typeof import("./toasts.js").toasts>} news
 * @property {() => void} changed
 * @property {() => void} seeAll  who wait
 * @property {{mic: () => void, cam: () => void, share: () => void, hand: () => void, react: () => void}} start
 */

/** @type {{[source in Source]: {words: string, action: string, key: string}}} */
const STOPPED = {
  microphone: { words: "host.muted", action: "talk", key: "host.unmute" },
  camera: { words: "host.cam-off", action: "show", key: "host.camera" },
  screen: { words: "host.share-off", action: "share", key: "bar.share" },
  "screen-audio": { words: "host.share-off", action: "share", key: "bar.share" },
};

/** @param {Room} room @param {LeadHooks} hooks */
export function lead(room, { news, changed, seeAll, start }) {
  const { meeting, localParticipant: own } = room;
  const alerts = makeAlerts();
  const guarded = [
    { action: "talk", key: "host.unmute", start: start.mic },
    { action: "show", key: "host.camera", start: start.cam },
    { action: "share", key: "bar.share", start: start.share },
    { action: "hand", key: "bar.hand", start: start.hand },
    { action: "react", key: "react.menu", start: start.react },
  ];
  const asks = askFlow(room, guarded, { news, alerts, changed });
  const door = { admit: (/** @type {string[] | null} */ ids) => attempt(meeting.admit(ids)), refuse: (/** @type {string[] | null} */ ids) => attempt(meeting.refuse(ids)) };
  const waiting = doorBanner({ ...door, seeAll });
  const bell = doorBell({ sound: () => prefs.knockSound });
  const approvals = approvalsBanner(async (approval, allow) => {
    await meeting.decide(approval, allow).catch((error) => {
      approvals.again(approval);
      approvals.update(meeting.approvals);
      news.show(explain(error));
    });
  });

  /** Say why it failed, or what was done. @param {Promise<unknown>} request @param {string} [done] */
  function attempt(request, done) {
    request.then(
      () => done && news.show(done),
      (error) => news.show(explain(error)),
    );
  }

  /** @param {Source} source */
  function stopped(source) {
    const { words, action, key } = STOPPED[source];
    const begin = guarded.find((one) => one.action === action)?.start ?? (() => {});
    const verdict = meeting.verdict(action);
    const ask = t(action === "talk" ? "ask.talk.do" : "ask.do");
    const id = `stopped-${action}`;
    const ways = { allow: [{ text: t(key), id, choose: begin }], ask: [{ text: ask, id, choose: () => void asks.ask(action) }], deny: [] };
    alerts.say(`stopped-${action}`, t(words), source === "microphone" || source === "camera" ? ways[verdict] : []);
  }

  /** @param {Source} source */
  function askedUnmute(source) {
    const camera = source === "camera";
    if (camera ? own.isCameraEnabled : own.isMicrophoneEnabled) return;
    alerts.clear(camera ? "stopped-show" : "stopped-talk"); // one word about it is enough
    alerts.say("unmute", t(camera ? "host.ask-camera" : "host.ask-unmute"), [
      { text: t(camera ? "host.camera" : "host.unmute"), id: "unmute-now", choose: camera ? start.cam : start.mic },
      { text: t("host.not-now"), id: "unmute-not", quiet: true, choose: () => {} },
    ]);
  }

  /** What the server did not let through: why, and the way on. @param {Source} source @param {string} code */
  function withheld(source, code) {
    const { action } = STOPPED[source];
    if (code !== "ask") return news.show(t("forbidden"));
    if (meeting.isAsked(action)) return;
    alerts.say(`stopped-${action}`, t(`ask.${action}`), [{ text: t(action === "talk" ? "ask.talk.do" : "ask.do"), choose: () => void asks.ask(action) }], "status");
  }

  /** An alert about what is on again is over. */
  function tidy() {
    if (own.isMicrophoneEnabled) alerts.clear("stopped-talk");
    if (own.isCameraEnabled) alerts.clear("stopped-show");
    if (own.isScreenShareEnabled) alerts.clear("stopped-share");
  }

  let role = own.role;
  let spotlit = meeting.about.spotlight === own.id;
  const stops = [
    room.on("waitersChanged", () => {
      waiting.update(meeting.waiters);
      bell.update(meeting.waiters);
    }),
    room.on("approvalsChanged", () => approvals.update(meeting.approvals)),
    room.on("decided", asks.decided),
    room.on("stopped", stopped),
    room.on("askedUnmute", askedUnmute),
    room.on("withheld", withheld),
    room.on("loweredHand", () => news.show(t("host.hand"))),
    room.on("localChanged", () => {
      tidy();
      if (own.role !== role) news.show(t(`host.became.${own.role}`));
      role = own.role;
    }),
    room.on("aboutChanged", () => {
      const now = meeting.about.spotlight === own.id;
      if (now && !spotlit) news.show(t("host.spotlight"));
      spotlit = now;
    }),
  ];
  waiting.update(meeting.waiters);
  bell.update(meeting.waiters);
  approvals.update(meeting.approvals);
  return {
    elements: [alerts.element, waiting.element, approvals.element],
    asks,
    door,
    attempt,
    close() {
      for (const stop of stops) stop();
      waiting.close();
      bell.close();
    },
  };
}

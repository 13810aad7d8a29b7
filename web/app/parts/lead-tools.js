/** What leads the meeting, in the notices: who waits, what is asked for, what a host did to one or wants of one. */

import { doorBell } from "../lib/knock.js";
import { prefs } from "../lib/prefs.js";
import { explain, t } from "../lib/strings.js";
import { alerts as makeAlerts } from "./alerts.js";
import { approvalsBanner } from "./approvals-banner.js";
import { askFlow } from "./ask-flow.js";
import { doorBanner } from "./door-banner.js";
import { openHint } from "./hint.js";

/**
 * @typedef {import("/sdk/room.js").Room} Room
 * @typedef {import("/sdk/types.js").Source} Source
 */

/** @type {{[source in Source]: {words: string, action: string, key: string}}} */
const STOPPED = {
  microphone: { words: "host.muted", action: "talk", key: "host.unmute" },
  camera: { words: "host.cam-off", action: "show", key: "host.camera" },
  screen: { words: "host.share-off", action: "share", key: "bar.share" },
  "screen-audio": { words: "host.share-off", action: "share", key: "bar.share" },
};

/** What a host does to one's microphone interrupts what is being read out. @param {Source} source */
function urgency(source) {
  return source === "microphone" ? "alert" : "status";
}

/** @param {Room} room @param {import("./lead.js").LeadHooks} hooks @param {import("./waiter-row.js").Door} door */
export function leadTools(room, { news, changed, seeAll, start }, door) {
  const { meeting, localParticipant: own } = room;
  const alerts = makeAlerts();
  const guarded = [
    { action: "talk", key: "host.unmute", start: start.mic },
    { action: "show", key: "host.camera", start: start.cam },
    { action: "share", key: "bar.share", start: start.share },
    { action: "hand", key: "bar.hand", start: start.hand },
    { action: "react", key: "react.menu", start: start.react },
  ];
  const asks = askFlow(room, guarded, { news, alerts, changed, openHint });
  const waiting = doorBanner({ ...door, seeAll });
  const bell = doorBell({ sound: () => prefs.knockSound });
  const approvals = approvalsBanner(async (approval, allow) => {
    await meeting.decide(approval, allow).catch((error) => {
      approvals.again(approval);
      approvals.update(meeting.approvals);
      news.show(explain(error));
    });
  });

  /** @param {Source} source */
  function stopped(source) {
    const { words, action, key } = STOPPED[source];
    const begin = guarded.find((one) => one.action === action)?.start ?? (() => {});
    const verdict = meeting.verdict(action);
    const ask = t(action === "talk" ? "ask.talk.do" : "ask.do");
    const id = `stopped-${action}`;
    const ways = { allow: [{ text: t(key), id, choose: begin }], ask: [{ text: ask, id, choose: () => void asks.ask(action) }], deny: [] };
    alerts.say(`stopped-${action}`, t(words), source === "microphone" || source === "camera" ? ways[verdict] : [], urgency(source));
  }

  /** @param {Source} source */
  function askedUnmute(source) {
    const camera = source === "camera";
    if (camera ? own.isCameraEnabled : own.isMicrophoneEnabled) return;
    alerts.clear(camera ? "stopped-show" : "stopped-talk"); // one word about it is enough
    const ways = [
      { text: t(camera ? "host.camera" : "host.unmute"), id: "unmute-now", choose: camera ? start.cam : start.mic },
      { text: t("host.not-now"), id: "unmute-not", quiet: true, choose: () => {} },
    ];
    alerts.say("unmute", t(camera ? "host.ask-camera" : "host.ask-unmute"), ways, urgency(source));
  }

  /** What the server did not let through: why, and the way on. @param {Source} source @param {string} code */
  function withheld(source, code) {
    const { action } = STOPPED[source];
    if (code !== "ask") return news.show(t("forbidden"));
    if (meeting.isAsked(action)) return;
    alerts.say(`stopped-${action}`, t(`ask.${action}`), [{ text: t(action === "talk" ? "ask.talk.do" : "ask.do"), choose: () => void asks.ask(action) }]);
  }

  /** An alert about what is on again is over. */
  function tidy() {
    if (own.isMicrophoneEnabled) alerts.clear("stopped-talk");
    if (own.isCameraEnabled) alerts.clear("stopped-show");
    if (own.isScreenShareEnabled) alerts.clear("stopped-share");
  }

  function tellOfDoor() {
    waiting.update(meeting.waiters);
    bell.update(meeting.waiters);
  }

  return {
    elements: [alerts.element, waiting.element, approvals.element],
    asks,
    stopped,
    askedUnmute,
    withheld,
    tidy,
    tellOfDoor,
    tellOfApprovals: () => approvals.update(meeting.approvals),
    close() {
      waiting.close();
      bell.close();
    },
  };
}

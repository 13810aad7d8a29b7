/** What one hears of others: who joins while the meeting is small, and, as a host, raised hands. */

import { prefs } from "../lib/prefs.js";

/** @typedef {import("/sdk/room.js").Room} Room */

/** @param {Room} room @param {number} quietAbove  so many others and more are not heard @returns {() => void} stops it */
export function chimes(room, quietAbove) {
  const raised = () => new Set([...room.remoteParticipants.values()].filter(({ hand }) => hand).map(({ id }) => id));
  let known = raised();
  const onHands = () => {
    const now = raised();
    const fresh = [...now].some((id) => !known.has(id));
    known = now;
    if (fresh && prefs.handSound && room.meeting.may("lower-hands")) play("hand");
  };
  const onJoin = () => {
    if (prefs.joinSound && room.state === "connected" && room.remoteParticipants.size < quietAbove) play("join");
  };
  const stops = [room.on("participantChanged", onHands), room.on("participantDisconnected", onHands), room.on("participantConnected", onJoin)];
  return () => {
    for (const stop of stops) stop();
  };
}

/** @param {"hand" | "join"} name */
async function play(name) {
  const { playSound } = await import("../lib/sounds.js");
  await playSound(name).catch(() => {}); // without sound the page says it all the same
}

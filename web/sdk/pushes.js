/** What the server tells by itself, and whose it is. */

/**
 * @param {object} whose
 * @param {import("./meeting.js").Meeting} whose.meeting
 * @param {import("./chat.js").Chat} whose.chat
 * @param {import("./roster.js").Roster} whose.roster
 * @param {import("./peer.js").Peer} whose.peer
 * @param {import("./encryption.js").Encryption} whose.encryption
 * @param {(name: any, ...args: any[]) => void} whose.emit
 * @param {(push: import("./types.js").Push) => void} whose.decided  by hosts, which the meeting knows by now
 * @param {() => void} whose.heard  others speak now
 * @returns {(push: import("./types.js").Push) => void}
 */
export function pushes({ meeting, chat, roster, peer, encryption, emit, decided, heard }) {
  return (push) => {
    if (meeting.take(push)) return decided(push);
    if (push.type === "chat") chat.take(push.event);
    else if (push.type === "refused") emit("refused", push.retry_after ?? null);
    else if (push.type === "expired") emit("knockExpired");
    else if (push.type === "joined" || push.type === "changed") roster.upsert(push.participant);
    else if (push.type === "left") roster.remove(push.participant, push.reason);
    else if (push.type === "slots") peer.takeSlots(push.slots);
    else if (push.type === "demand") peer.media?.publisher?.setDemand(push.source, push.layers);
    else if (push.type === "captions") roster.transcribe(push.captions);
    else if (push.type === "keys") encryption.take(push.keys);
    else if (push.type === "networks") roster.takeNetworks(push.networks);
    else if (push.type === "speakers") {
      roster.hear(push.speakers);
      heard();
    }
  };
}

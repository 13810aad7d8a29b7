/** @typedef {import("/sdk/chat-types.js").Message} Message */

/** What one may do with a message. @param {import("/sdk/room.js").Room} room @param {Message} message */
export function messageActions({ meeting, localParticipant: own }, { state, erased, sender, text }) {
  const there = state === "said" && !erased;
  const mine = sender === own.id;
  return {
    react: there && meeting.may("react"),
    reply: there && meeting.may("chat"),
    copy: there && Boolean(text),
    edit: there && mine && meeting.may("chat"),
    erase: there && (mine || meeting.may("erase")),
  };
}

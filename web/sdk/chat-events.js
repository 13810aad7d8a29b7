/** From events to messages as they stand. Pure. */

/**
 * @typedef {import("./chat-types.js").ChatEvent} ChatEvent
 * @typedef {import("./chat-types.js").Message} Message
 */

/** @param {ChatEvent} event  of kind `message` @returns {Message} */
export function fromEvent(event) {
  return {
    key: String(event.seq),
    seq: event.seq,
    at: event.at,
    sender: event.sender,
    name: event.name,
    text: event.text ?? "",
    to: event.to ?? null,
    toName: event.to_name ?? "",
    reply: event.reply ?? null,
    files: event.files ?? [],
    edited: Boolean(event.edited_at),
    erased: event.erased ?? false,
    reactions: (event.reactions ?? []).map(({ emoji, participants }) => ({ emoji, participants: [...participants] })),
    state: "said",
  };
}

/** What an edit, erase or reaction makes of a message; doing it twice changes nothing. @param {Message} message @param {ChatEvent} event */
export function change(message, event) {
  if (event.kind === "edit") Object.assign(message, { text: event.text ?? "", edited: true });
  else if (event.kind === "erase") Object.assign(message, { text: "", files: [], reactions: [], erased: true });
  else if (event.kind === "reaction") react(message, event.emoji ?? "", event.sender, event.on ?? true);
}

/** @param {Message} message @param {string} emoji @param {string} participant @param {boolean} on */
function react(message, emoji, participant, on) {
  const others = message.reactions.find((one) => one.emoji === emoji)?.participants.filter((id) => id !== participant) ?? [];
  const participants = on ? [...others, participant] : others;
  const known = message.reactions.some((one) => one.emoji === emoji);
  const all = known ? message.reactions : [...message.reactions, { emoji, participants }];
  message.reactions = all
    .map((one) => (one.emoji === emoji ? { emoji, participants } : one))
    .filter((one) => one.participants.length > 0);
}

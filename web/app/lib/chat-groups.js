/** Messages as they stand in the panel: put together by sender, with the line before the first unread. Pure. */

/**
 * @typedef {import("/sdk/chat-types.js").Message} Message
 * @typedef {{message: Message, first: boolean, day: boolean}} Line  `first` of its group: name and time stand over it
 */

const TOGETHER_MS = 3 * 60_000;

/**
 * @param {Message[]} messages  the oldest first
 * @returns {Line[]}
 */
export function lines(messages) {
  return messages.map((message, index) => {
    const before = messages[index - 1];
    const day = !before || new Date(before.at).toDateString() !== new Date(message.at).toDateString();
    return { message, first: day || !isTogether(before, message), day: day && index > 0 };
  });
}

/** @param {Message} before @param {Message} message */
function isTogether(before, message) {
  return before.sender === message.sender && before.to === message.to && message.at - before.at < TOGETHER_MS;
}

/**
 * The first message of others that one has not read; null where all are read.
 *
 * @param {Message[]} messages
 * @param {number} read
 * @param {string} self
 */
export function firstUnread(messages, read, self) {
  return messages.find(({ seq, sender }) => seq !== null && seq > read && sender !== self)?.seq ?? null;
}

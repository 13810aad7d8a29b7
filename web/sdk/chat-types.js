/**
 * The messages of the chat: the twin of `signaling/chat_messages.py`. Times are Unix milliseconds.
 *
 * @typedef {{file: string, name: string, media_type: string, size: number}} SharedFile
 * @typedef {{emoji: string, participants: string[]}} Reaction
 *
 * @typedef {object} ChatEvent
 * @property {number} seq
 * @property {number} at
 * @property {"message" | "edit" | "erase" | "reaction"} kind
 * @property {string} sender
 * @property {string} name
 * @property {string} [text]
 * @property {string | null} [to]  private, to this participant
 * @property {string} [to_name]
 * @property {number | null} [reply]  the `seq` that it answers
 * @property {SharedFile[]} [files]
 * @property {number | null} [target]  what an edit, erase or reaction is about
 * @property {string} [emoji]
 * @property {boolean} [on]
 * @property {number | null} [edited_at]
 * @property {boolean} [erased]
 * @property {Reaction[]} [reactions]
 *
 * @typedef {{type: "chat", event: ChatEvent}} ChatPush
 * @typedef {{type: "said", re: number, seq: number, at: number}} Said
 * @typedef {{type: "page", re: number, events: ChatEvent[], more?: boolean, read?: number}} Page
 * @typedef {Said | Page} ChatAnswer
 *
 * @typedef {object} Message  as it stands now
 * @property {string} key  of a message that is on its way; of others the `seq` in words
 * @property {number | null} seq  null until the server has stored it
 * @property {number} at
 * @property {string} sender
 * @property {string} name
 * @property {string} text
 * @property {string | null} to
 * @property {string} toName
 * @property {number | null} reply
 * @property {SharedFile[]} files
 * @property {boolean} edited
 * @property {boolean} erased
 * @property {Reaction[]} reactions
 * @property {"said" | "sending" | "failed"} state
 * @property {string} [error]  why it failed: a key of the strings
 */

export {};

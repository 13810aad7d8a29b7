/**
 * The messages by which a Room is guarded and led: the twin of `signaling/host_messages.py` and `signaling/settings.py`.
 * Times are Unix milliseconds unless said otherwise.
 *
 * @typedef {import("./types.js").Role} Role
 * @typedef {import("./types.js").Source} Source
 * @typedef {import("./permissions.js").Action} Action
 * @typedef {import("./permissions.js").Verdict} Verdict
 * @typedef {{[action: string]: Verdict}} Verdicts
 * @typedef {{[role: string]: Verdicts}} Policy
 *
 * @typedef {object} Settings
 * @property {number | null} [capacity]
 * @property {boolean} [persistent]
 * @property {boolean} [has_password]
 * @property {boolean} [wait_for_host]
 * @property {boolean} [hand_over_to_guests]
 * @property {number | null} [opens_at]  Unix seconds
 * @property {number | null} [closes_at]  Unix seconds
 * @property {boolean} [e2ee]  end-to-end encrypted
 * @property {Policy} [policy]  role, then action; what is absent is as the table says
 *
 * @typedef {object} RoomState  what everybody may know
 * @property {string} title
 * @property {boolean} locked
 * @property {string | null} spotlight  a participant's id
 * @property {Settings | null} settings  to those who may change them
 * @property {boolean} [e2ee]  end-to-end encrypted, unless something runs that needs the media in clear:
 * @property {string[]} [plain]  `broadcast`, `captions`, `recording`
 * @property {string | null} [captions]  the language that they are in; null: off
 *
 * @typedef {object} Waiter  somebody at the door
 * @property {string} participant
 * @property {string} name
 * @property {boolean} [guest]
 * @property {number} since
 * @property {string | null} [email]  verified
 * @property {string | null} [picture]
 *
 * @typedef {object} Approval  asked for and not yet answered
 * @property {string} approval
 * @property {string} participant
 * @property {string} name
 * @property {Action} action
 * @property {number} since
 * @property {number} expires_at
 * @property {string} [value]  the new name, or the picture's id
 *
 * @typedef {{at: number, action: string, actor: string, subject?: string, detail?: string}} AuditEntry
 *
 * @typedef {{type: "waiting", reason: "host" | "knock", re?: number | null, expires_at?: number | null}} Waiting
 * @typedef {{type: "admitted"}} Admitted
 * @typedef {{type: "refused", retry_after?: number | null}} Refused  seconds until one may knock again, null: never
 * @typedef {{type: "expired"}} Expired
 *
 * @typedef {"allow" | "deny" | "expired"} Outcome
 * @typedef {{type: "roomstate"} & Partial<RoomState>} RoomStatePush
 * @typedef {{type: "verdicts", role: Role, verdicts: Verdicts}} VerdictsPush
 * @typedef {{type: "waiters", waiters: Waiter[]}} WaitersPush
 * @typedef {{type: "approvals", approvals: Approval[]}} ApprovalsPush
 * @typedef {{type: "decided", approval: string, action: Action, outcome: Outcome}} Decided
 * @typedef {{type: "stopped", source: Source, by: string}} Stopped
 * @typedef {{type: "askedunmute", source: Source, by: string}} AskedUnmute
 * @typedef {{type: "loweredhand", by: string}} LoweredHand
 * @typedef {{participant: string, emoji: string}} Emotion  a reaction
 * @typedef {{type: "emoted", emotions: Emotion[]}} Emoted
 *
 * @typedef {{type: "asked", re: number, approval: string, expires_at: number}} Asked
 * @typedef {{type: "applied", re: number}} Applied
 * @typedef {{type: "renewed", re: number, token: string, expires_at: number}} Renewed
 * @typedef {{type: "invited", re: number, room: string, password: string | null}} Invited
 * @typedef {{type: "auditpage", re: number, entries: AuditEntry[], more?: boolean}} AuditPage
 *
 * @typedef {Waiting | Admitted | Refused | Expired | RoomStatePush | VerdictsPush | WaitersPush | ApprovalsPush |
 *   Decided | Stopped | AskedUnmute | LoweredHand | Emoted} HostPush
 * @typedef {Asked | Applied | Renewed | Invited | AuditPage} HostAnswer
 */

export {};

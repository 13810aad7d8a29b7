/**
 * The wire of `treble.v1` as the client sees it: the twin of `signaling/messages.py` and `treble/api.py`. What leads a
 * Room is in `host-types.js`, the chat in `chat-types.js`.
 *
 * @typedef {"microphone" | "camera" | "screen" | "screen-audio"} Source
 * @typedef {"host" | "co-host" | "speaker" | "viewer"} Role
 * @typedef {"joining" | "connected" | "reconnecting"} Connection
 * @typedef {"viewport" | "bandwidth" | "publisher" | "cap" | "hidden" | "paused-by-host" | "codec"} Reason
 *
 * @typedef {{source: Source, muted: boolean}} TrackState
 *
 * @typedef {object} ParticipantState  what the server says of a participant
 * @property {string} id
 * @property {string} name
 * @property {Role} role
 * @property {boolean} guest
 * @property {Connection} connection
 * @property {TrackState[]} tracks
 * @property {number | null} [hand]  Unix ms since when it is raised
 * @property {string | null} [picture]  `/api/pictures/{picture}`
 *
 * @typedef {object} SlotState
 * @property {number} slot
 * @property {string | null} [participant]
 * @property {Source} [source]  `camera` (with the microphone) or `screen` (with screen audio)
 * @property {number | null} [from_rtp_timestamp]  from here on the picture is this participant's
 * @property {Reason} [reason]
 * @property {string | null} [codec]  with reason `codec`: what this browser cannot show; with a `layer`, not larger
 * @property {number | null} [layer]  simulcast or spatial layer, 0 the smallest; null with reason `bandwidth`: paused
 * @property {number | null} [temporal]  of that layer, 0 the fewest frames
 * @property {number | null} [bitrate]  bits per second of what is sent
 * @property {number | null} [height]  shorter side of the layer, where it is known
 *
 * @typedef {object} Tile  what the receiver shows; sizes in device pixels
 * @property {string} participant
 * @property {Source} source
 * @property {number} width
 * @property {number} height
 * @property {number} priority  higher first: pinned 3, screen 2, speaker 1
 * @property {number} [cap]  the most lines (shorter side) that the user wants of it; 0: no cap
 *
 * @typedef {object} LayerShape  one layer of one's own Track
 * @property {number} width
 * @property {number} height
 * @property {number} bitrate  bits per second that receiving it takes, at most
 *
 * @typedef {{participant: string, level: number}} Speaker  level in -dBov, 0 the loudest
 * @typedef {{mid: string, source: Source}} PublishedTrack
 * @typedef {{slot: number, audio_mid: string | null, video_mid: string | null}} SlotPair
 *
 * @typedef {object} Welcome
 * @property {"welcome"} type
 * @property {number} re
 * @property {string} session
 * @property {string} resume
 * @property {boolean} resumed
 * @property {string} room
 * @property {ParticipantState} you
 * @property {ParticipantState[]} participants
 * @property {RTCIceServer[]} ice_servers
 * @property {SlotState[]} [slots]
 * @property {number} [last_seq]  of the chat
 * @property {Partial<import("./host-types.js").RoomState>} [state]
 * @property {import("./host-types.js").Verdicts} [verdicts]  what one may do
 *
 * @typedef {{type: "answer", re: number, sdp: string}} Answer
 * @typedef {{type: "done", re: number}} Done
 * @typedef {{type: "failed", re: number, code: string, detail?: string, retry_after?: number | null}} Failed
 *
 * @typedef {{type: "joined", participant: ParticipantState}} Joined
 * @typedef {{type: "changed", participant: ParticipantState}} Changed
 * @typedef {{type: "left", participant: string, reason: string}} Left
 * @typedef {{type: "slots", slots: SlotState[]}} Slots
 * @typedef {{type: "speakers", speakers: Speaker[]}} Speakers
 * @typedef {{type: "elsewhere"}} Elsewhere
 * @typedef {{type: "ended", reason: string}} Ended
 *
 * @typedef {{type: "demand", source: Source, layers: boolean[]}} Demand  who of one's own layers is wanted
 * @typedef {"excellent" | "good" | "fair" | "poor"} ConnectionQuality
 * @typedef {{type: "networks", networks: {participant: string, level: ConnectionQuality}[]}} Networks  all that are known
 *
 * @typedef {{type: "keys", keys: {participant: string, body: string}[]}} Keys  of end-to-end encryption, by other participants
 *
 * @typedef {{participant: string, key: string, text: string, language: string, final?: boolean, by?: string | null}} Caption
 * @typedef {{type: "captions", captions: Caption[]}} Captions  the lines of the last moment
 *
 * @typedef {Joined | Changed | Left | Slots | Speakers | Elsewhere | Ended | Demand | Networks | Keys | Captions} OwnPush
 * @typedef {OwnPush | import("./host-types.js").HostPush | import("./chat-types.js").ChatPush} Push
 * @typedef {Welcome | Answer | Done | Failed | import("./host-types.js").HostAnswer |
 *   import("./chat-types.js").ChatAnswer | Push} ServerMessage
 *
 * @typedef {{width: number, height: number, frameRate: number}} Capture  what the camera is asked for
 */

export {};

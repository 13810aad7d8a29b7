/**
 * What a Room is made with, and what it tells.
 *
 * @typedef {import("./local.js").LocalParticipant} LocalParticipant
 * @typedef {import("./local-publications.js").LocalTrackPublication} LocalTrackPublication
 * @typedef {import("./remote.js").RemoteParticipant} RemoteParticipant
 * @typedef {import("./remote.js").RemoteTrack} RemoteTrack
 * @typedef {import("./remote.js").RemoteTrackPublication} RemoteTrackPublication
 * @typedef {import("./types.js").Source} Source
 * @typedef {import("./types.js").ConnectionQuality} ConnectionQuality
 * @typedef {import("./slots.js").Slot} Slot
 * @typedef {import("./errors.js").TrebleError} TrebleError
 *
 * @typedef {object} RoomOptions
 * @property {MediaStreamTrack | null} [microphone]  open tracks to begin with
 * @property {MediaStreamTrack | null} [camera]
 * @property {import("./processing.js").TrackProcessor | null} [cameraProcessor]  works on the camera from the first frame that is sent
 * @property {number} [slots]  receive pairs: visible tiles + the loudest; 9 + 3, on a phone 4 + 2
 * @property {import("./types.js").Capture} [capture]
 * @property {import("./video-codec.js").VideoCodec} [videoCodec]  what the camera is sent in where both sides have it
 * @property {string} [scalabilityMode]  `L3T3_KEY` and the like: SVC; `L1T3`: simulcast. By codec where not given
 * @property {number} [sendCap]  the most lines (shorter side) that the camera is sent in; 0: no cap
 * @property {boolean} [motion]  a shared screen is smooth rather than sharp
 * @property {boolean} [adaptiveStream]  attached pictures are asked for as large as they are seen; true where not given
 * @property {boolean} [sparing]  a busy machine sends and asks for less; true where not given
 * @property {{secret: string}} [encryption]  end to end: the room's secret. Whoever has it encrypts, whatever the server says
 * @property {() => Promise<string>} [renewToken]  asked when the server no longer takes the token
 *
 * @typedef {object} RoomEvents
 * @property {[]} connected  welcomed, with media; again when one was let in anew after a lost Session
 * @property {[]} reconnecting
 * @property {[]} reconnected
 * @property {[number]} retrying  seconds until the next try to reach the server
 * @property {[TrebleError]} disconnected  by its code: `left`, `ended`, `removed`, `elsewhere`, ...
 * @property {[RemoteParticipant]} participantConnected  also for those who are there already
 * @property {[RemoteParticipant, string]} participantDisconnected  why: `left`, `lost`, `removed`
 * @property {[RemoteParticipant]} participantChanged  name, role, hand, picture, connection
 * @property {[]} localChanged  the same of oneself, and what one sends
 * @property {[RemoteTrack, RemoteTrackPublication, RemoteParticipant]} trackSubscribed  there is a Track to attach
 * @property {[RemoteTrack, RemoteTrackPublication, RemoteParticipant]} trackUnsubscribed  it is gone; its elements end with this
 * @property {[RemoteTrackPublication | LocalTrackPublication, RemoteParticipant | LocalParticipant]} trackMuted
 * @property {[RemoteTrackPublication | LocalTrackPublication, RemoteParticipant | LocalParticipant]} trackUnmuted
 * @property {[LocalTrackPublication, LocalParticipant]} localTrackPublished
 * @property {[LocalTrackPublication, LocalParticipant]} localTrackUnpublished
 * @property {[(LocalParticipant | RemoteParticipant)[]]} activeSpeakersChanged  the loudest first
 * @property {[ConnectionQuality | undefined, LocalParticipant | RemoteParticipant]} connectionQualityChanged
 * @property {[boolean]} audioPlaybackStatusChanged  false: the browser wants a click, see `startAudio`
 * @property {[MediaDeviceKind, string]} activeDeviceChanged
 * @property {[readonly Slot[]]} slotsChanged
 * @property {["host" | "knock", number | null]} waiting  for whom, and until when (Unix ms) a host may answer
 * @property {[number | null]} refused  a host does not let us in; seconds until one may `knock` again, null: never
 * @property {[]} knockExpired  nobody answered
 * @property {[]} verdictsChanged  these four: of `meeting`
 * @property {[]} aboutChanged
 * @property {[]} waitersChanged
 * @property {[]} approvalsChanged
 * @property {[string]} asked  a host has been asked for this action
 * @property {[string, import("./host-types.js").Outcome]} decided  what has become of it
 * @property {[Source, string]} stopped  by this host
 * @property {[Source, string]} askedUnmute
 * @property {[string]} loweredHand
 * @property {[import("./host-types.js").Emotion[]]} emoted  reactions of the last moment, one's own too
 * @property {[Source, string]} withheld  the server does not let this Track through: `ask` or `forbidden`
 * @property {[]} chatChanged
 * @property {[import("./chat-types.js").Message]} chatMessage  somebody else said this
 * @property {[import("./captions.js").TranscriptionSegment[], LocalParticipant | RemoteParticipant]} transcriptionReceived  captions, where `captions.want(true)`
 * @property {[string]} tokenRenewed
 * @property {[TrebleError, Source]} mediaDevicesError
 * @property {[import("./local.js").DeviceLost]} deviceLost
 * @property {[number]} loadChanged  0: well; more: this machine is too slow, so less is sent and asked for
 * @property {[]} encryptionChanged  of `encryption`: whether it is on, who can be read
 * @property {[]} statistics  fresh figures, while `watchStatistics`
 */

export {};

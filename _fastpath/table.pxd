"""The forwarding table and everything in it: the header to read first.

    Endpoint ──layers──► Layer ──track──► Track ──rows──► Row ──endpoint──► Endpoint
    (a publisher)        (one SSRC)       (one source)    (one Slot m-line) (a receiver)

Python allocates each object, a command hands it to the engine thread, and from then on only that thread touches it. When
a command removes an object it goes on the `retired` chain, through which Python gets it back and frees it.
"""
from libc.stdint cimport int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from _fastpath.counters cimport COUNTERS
from _fastpath.dependency cimport Dependency, DependencyStructure
from _fastpath.estimator cimport Estimator, Probe
from _fastpath.fec_encoder cimport FecEncoder
from _fastpath.history cimport History
from _fastpath.packet cimport EXT_COUNT, ExtensionMap, Packet
from _fastpath.payload cimport Descriptor
from _fastpath.srtp cimport Session
from _fastpath.stun cimport StunKey
from _fastpath.twcc cimport TwccArrivals

cdef enum:
    BATCH = 64                  # datagrams taken by one recvmmsg: 64 x 2 kB stay in the first-level caches' reach
    SLOT_OCTETS = 2048          # one received datagram; longer ones are dropped
    MAX_PACKET = 1500           # one datagram out
    MAX_PATHS = 4               # proven tuples of an Endpoint: Wi-Fi and mobile, UDP and TCP
    MAX_LAYERS = 4              # of a Track; browsers send three
    MAX_UFRAG = 32
    MAX_MID = 16
    MAX_CNAME = 32
    INCOMING_SSRCS = 64         # of an Endpoint, a power of two: 6 Tracks x 3 Layers x (media, RTX) fit
    OUTGOING_SSRCS = 512        # of an Endpoint, a power of two: 64 Slot pairs x 2 x (media, RTX) fill half
    RTCP_SSRCS = 64             # different RTCP senders that one Endpoint may name; each costs libsrtp a stream
    MISSING = 256               # packets that a Layer may wait for at once: one second of 2.5 Mbit/s
    SEEN = 2048                 # sequence numbers remembered as arrived, a power of two
    SEEN_WORDS = 32             # SEEN / 64
    PADDING_GAPS = 64           # padding-only packets remembered, so that late packets find their number
    SENT = 512                  # packets that a video Row can retransmit: 2 s of 2.5 Mbit/s; audio uses a quarter
    PACED = 512                 # video packets that wait for one receiver, a power of two: 0.4 s of 12 Mbit/s
    RESENDS = 128               # retransmissions that wait for one receiver, a power of two
    AUDIO_LOSS_PACKETS = 200    # over which loss of audio is smoothed
    SOURCES = 4                 # earlier sources that a Row can still retransmit from
    CODECS = 9
    NO_LAYER = -1
    SPATIAL = 4                 # spatial layers that rates are kept of: VP9 and AV1 in browsers have three
    TEMPORAL = 4                # and temporal layers
    RATE_WINDOWS = 5            # of a quarter of a second: four whole ones and the one that is being filled
    HIGHEST = 7                 # no limit: layer ids have three bits
    NO_TARGET = 255             # no decode target: layer ids decide
    UNSETTLED = 255             # as a wish of `Carried`: none that a Row can have
    MOVES = 16                  # changes of what is carried of one source that late packets can still be judged by
    DROPS = 64                  # runs of dropped packets remembered: two seconds where each picture has one
    INSERTS = 64                # packets of a Row's own remembered: two seconds of one per picture

cdef enum ObjectKind:
    ENDPOINT
    TRACK
    LAYER
    ROW
    BLOCK                       # a plain block of memory: a map that was replaced, a datagram that was sent

cdef struct Object:
    Object* next                # on the retired chain
    int kind
    int index

cdef struct Address:            # 24 bytes, compared as bytes
    uint8_t ip[16]              # an IPv4 address in the first four, zeros behind it
    uint16_t port               # host order
    uint8_t family              # 4 or 6
    uint8_t local               # which of our UDP sockets; 255 for TCP
    int32_t stream              # TCP connection number; -1 for UDP

cdef struct Path:
    Address address
    int64_t last_received_ns
    uint32_t priority
    bint nominated
    bint used

cdef struct Credentials:
    uint8_t ufrag[MAX_UFRAG]
    int ufrag_size              # 0 where unused
    StunKey key

cdef struct PayloadMap:
    Object object
    uint8_t codec[128]
    uint8_t rtx_for[128]        # payload type plus one; 0: not RTX
    uint32_t clock_rate[128]

cdef struct ExtensionTable:
    Object object
    uint32_t kinds              # a bit per EXT_* that is negotiated ...
    uint32_t long_ids           # ... and that only two-byte headers can name
    uint8_t id_of[EXT_COUNT]    # 0: not negotiated
    ExtensionMap by_id

cdef struct Block:
    Object object
    int size
    uint8_t octets[MAX_PACKET + 1]

cdef struct Incoming:
    uint32_t ssrc
    bint rtx
    Layer* layer                # NULL: free

cdef struct Outgoing:
    uint32_t ssrc
    Row* row                    # NULL: free

cdef struct Endpoint:
    Object object
    # What each packet to it reads or writes comes first: two cache lines, and they are cold for each receiver of a batch.
    Session send                # NULL until keyed
    ExtensionTable* extensions
    Estimator* estimator        # NULL, as `pacer`, where nothing is received
    Pacer* pacer
    uint16_t transport_sequence
    int16_t selected            # index into `paths`, -1 while nothing is proven
    int fec_dose                # FEC packets per 100 video packets sent to it
    int red_distance            # earlier Opus payloads in each audio packet sent to it
    uint64_t sent_packets
    uint64_t sent_octets
    Path paths[MAX_PATHS]
    # The rest.
    Credentials credentials[2]  # now, and before an ICE restart
    bint silent
    bint expired
    Session receive             # NULL until keyed
    PayloadMap* payloads
    TwccArrivals* arrivals      # NULL where nothing is published
    Layer* layers
    Track* tracks
    Row* rows
    uint32_t ssrc               # of our own RTCP towards it
    uint32_t feedback_ssrc      # any of its media SSRCs, for transport feedback
    double audio_loss           # share of audio packets asked for again, smoothed: repair hides it from reports
    int64_t last_received_ns
    int64_t last_consent_ns
    int64_t created_ns
    int64_t rtt_ns              # smoothed; 0 unknown
    int64_t clock_offset_ns     # our clock minus its NTP clock, smallest seen: one-way delay included
    bint clock_known
    int64_t report_due_ns
    int64_t sender_reports_due_ns   # the first of its Rows'
    int64_t feedback_due_ns
    int64_t check_due_ns
    int64_t estimator_due_ns
    uint64_t told_bps           # what Python knows of the estimate
    int64_t told_ns
    uint64_t sent_bps           # over the last second
    uint64_t sent_before
    int64_t sent_since_ns
    uint64_t remb_bps
    uint64_t received_packets
    uint64_t received_octets
    int rtcp_ssrc_count
    uint32_t rtcp_ssrcs[RTCP_SSRCS]
    Incoming incoming[INCOMING_SSRCS]
    Outgoing outgoing[OUTGOING_SSRCS]

cdef struct Track:
    Object object
    Endpoint* endpoint
    Track* next_in_endpoint
    bint video
    bint open                   # the mute gate
    Layer* layers[MAX_LAYERS]
    Row* rows
    int level                   # smoothed, 1/16 dB below full scale
    int64_t level_ns
    bint speaking               # the level is up (voice)
    int64_t voice_ns            # since when
    int64_t voice_told_ns

cdef struct Missing:
    int64_t sequence
    int64_t due_ns
    int64_t asked_ns            # 0 before the first NACK
    uint8_t tries

cdef struct Layer:
    Object object
    Track* track
    Layer* next_in_endpoint
    int index
    uint8_t mid[MAX_MID]
    uint8_t rid[MAX_MID]
    int mid_size
    int rid_size
    uint32_t ssrc               # 0 until learnt
    uint32_t rtx_ssrc
    int rebinds
    uint8_t codec
    uint8_t payload_type
    uint32_t clock_rate
    bint live
    # sequence
    bint started
    int64_t base
    int64_t highest
    int64_t last_arrival_ns
    uint64_t seen[SEEN_WORDS]
    int64_t padding[PADDING_GAPS]   # unwrapped numbers of padding-only packets, a ring
    int64_t padding_count
    Missing missing[MISSING]
    int missing_count
    int64_t nack_due_ns
    # reports (RFC 3550 6.4 and appendix A)
    uint32_t last_timestamp
    int64_t transit
    double jitter
    int64_t expected_prior
    int64_t received_prior
    int64_t received
    uint64_t sr_ntp
    uint32_t sr_timestamp
    int64_t sr_arrival_ns
    # keyframes
    bint keyframe_wanted
    int64_t keyframe_asked_ns
    int64_t keyframe_seen_ns
    uint8_t fir_number
    # figures
    uint64_t packets
    uint64_t octets
    uint64_t lost
    uint64_t recovered
    uint64_t nacks
    uint64_t keyframes
    uint64_t keyframe_requests
    int64_t rate_since_ns
    uint64_t rate_octets
    uint64_t bitrate_bps
    # what is in it
    DependencyStructure structure
    DependencyStructure former_structure    # for what is older than the one in force
    int64_t structure_sequence  # first packet of the structure in force
    uint32_t active             # decode targets that the publisher makes now
    uint8_t version             # counts changes of the two
    uint8_t top_spatial         # highest layers seen in the last half second
    uint8_t top_temporal
    bint key_only               # VP9: spatial layers refer to lower ones in key pictures only (K-SVC)
    bint seen_key_only          # the same, also of AV1, and as before while a new key picture has not shown it yet
    uint32_t window[RATE_WINDOWS][SPATIAL][TEMPORAL]    # octets
    int64_t window_ns[RATE_WINDOWS]                     # how long each was
    int64_t window_since_ns
    int window_now
    History history

cdef struct SentPacket:         # 24 bytes: what a retransmission needs
    int32_t sequence            # of the source, low 32 bits of the unwrapped number
    uint16_t out_sequence
    uint16_t transport_sequence
    uint32_t send_time          # abs-send-time as sent
    uint32_t sent_us
    uint8_t source              # number of the source, modulo SOURCES
    uint8_t count               # times retransmitted
    uint8_t late                # newer packets had been sent before it
    uint8_t valid
    uint8_t marker
    uint8_t earlier             # audio payloads repeated in it
    uint16_t picture_offset

cdef enum SentKind:             # of SentPacket.valid
    NOT_SENT
    SENT_MEDIA
    SENT_EMPTY                  # padding under a number that nothing else will use
    SENT_PARITY                 # a FEC packet, made for this receiver

cdef struct Carried:            # what of a source the Row carries from one packet on
    int64_t first               # unwrapped number of that packet
    uint8_t spatial             # not above these
    uint8_t temporal
    int8_t only                 # K-SVC: between key pictures this spatial layer alone; -1: with those below
    uint8_t target              # decode target, or NO_TARGET
    uint8_t wish_spatial        # the limits and the structure that `target` was chosen for
    uint8_t wish_temporal
    uint8_t version

cdef struct Dropped:            # a run of packets that take no number, by media sequence since the source's first
    uint32_t first
    uint32_t end                # one past the last
    uint32_t before             # packets dropped before the run
    uint16_t pictures           # pictures dropped up to its end

cdef struct RowSource:
    # How numbers of one source become the Row's numbers.
    Layer* layer                # NULL where it has been removed
    int64_t first               # unwrapped number of the first packet taken: nothing older belongs to the Row
    uint32_t timestamp_offset
    uint16_t picture_offset     # less the pictures dropped
    uint16_t frame_offset       # of the dependency descriptor's frame numbers
    uint8_t tl0_offset
    # selection
    uint32_t picture_timestamp  # of the newest picture judged
    int64_t newest              # highest number judged; what is older is late
    int64_t newest_media        # its media sequence
    int moves
    Carried carried[MOVES]      # a ring
    # where it began
    int64_t first_out           # the Row's number of the first packet taken
    uint32_t first_timestamp    # and its timestamp
    int layer_index

cdef struct Numbering:
    # Sequence numbers of a Row's present source: see `numbering`.
    int64_t offset              # add to the source's media sequence
    int64_t first_media         # media sequence of the first packet taken
    uint32_t sent_media         # highest sent, since that one
    uint32_t drop_count
    uint32_t dropped            # packets, in all runs
    uint32_t insert_count
    uint32_t dropped_timestamp  # of the last packet dropped: its picture ...
    int8_t dropped_spatial      # ... and layer
    Dropped drops[DROPS]        # a ring
    uint32_t inserts[INSERTS]   # `sent_media` when a packet of the Row's own was put behind it; a ring

cdef struct Row:
    Object object
    # What each packet reads or writes comes first, up to the present one of `sources`: see Endpoint.
    Endpoint* endpoint
    Row* next_in_track
    int layer                   # carried now, NO_LAYER while waiting for a keyframe
    int target
    uint8_t target_spatial      # of the target Layer not above these
    uint8_t target_temporal
    bint video
    int source                  # number of the current source
    uint32_t ssrc
    uint32_t extensions         # bit per EXT_*
    int sent_mask
    SentPacket* sent
    bint started
    uint32_t last_timestamp
    int64_t last_sequence       # highest sent, unwrapped
    int64_t last_sent_ns
    uint64_t packets
    uint64_t octets
    uint16_t last_picture
    uint16_t last_frame         # frame number of a dependency descriptor
    uint8_t last_tl0
    uint8_t payload_type[CODECS]    # 255: cannot
    uint8_t red_payload_type    # 255, as the other two: not negotiated
    int mid_size
    uint8_t mid[MAX_MID]
    RowSource sources[SOURCES]
    Numbering numbering
    # The rest.
    Row* next_in_endpoint
    Row* previous_in_track
    Track* track                # NULL without a source
    bint nack
    bint undecodable            # told already for this source
    uint32_t rtx_ssrc           # 0: without RTX
    uint16_t rtx_sequence
    uint8_t rtx_payload_type[CODECS]
    uint8_t cname[MAX_CNAME]
    int cname_size
    uint32_t clock_rate
    bint has_floor
    uint32_t timestamp_floor    # nothing of the new source before this
    # protection
    FecEncoder* fec             # NULL where the receiver takes none or never had a dose
    uint8_t ulpfec_payload_type
    uint8_t flexfec_payload_type
    uint32_t flexfec_ssrc       # 0: ULPFEC in RED
    uint16_t flexfec_sequence
    int64_t report_due_ns
    # figures
    uint64_t retransmitted
    uint64_t fec_packets
    int64_t reported_lost
    int reported_fraction
    uint32_t reported_jitter

cdef struct Paced:              # a video packet that waits, a reference into the history
    Row* row                    # NULL: removed
    int32_t sequence            # of the source, low 32 bits of the unwrapped number
    uint32_t since_us
    uint8_t source              # number of the source, low 8 bits
    uint8_t verdict             # of `selection`

cdef struct Resend:
    Row* row                    # NULL: removed
    uint16_t sequence           # the Row's, as asked for

cdef struct Pacer:
    int64_t refilled_ns
    int64_t credit              # octets
    int64_t quantum_ns          # since when `in_quantum` counts
    int in_quantum              # packets
    uint32_t head               # of `waiting`
    uint32_t tail
    uint32_t resend_head
    uint32_t resend_tail
    Probe probe                 # under way where its cluster is not 0
    int probe_octets
    int probe_packets
    int64_t probe_began_ns
    Endpoint* next              # in `State.paced`
    bint listed
    int64_t due_ns
    Paced waiting[PACED]
    Resend resends[RESENDS]

cdef struct Arrival:
    # One RTP packet of the batch in hand.
    Packet packet
    Descriptor descriptor
    Dependency dependency       # meaningful where has_dependency
    bint has_dependency
    Layer* layer
    int64_t sequence            # unwrapped
    int64_t media_sequence      # the same without the padding-only packets before it

cdef struct Egress:
    uint8_t* octets             # EGRESS x SLOT: where packets are built and protected in place
    Address* addresses
    int* sizes
    int count

cdef struct Event:
    int kind
    int endpoint
    int track
    int layer
    int row
    int64_t value
    int size                    # of the data in the same slot of the data ring
    int slot

cdef enum:
    EVENTS = 4096               # a power of two; a Worker's loop that sleeps 100 ms at 40 events/ms still fits
    EVENT_SLOTS = 512           # of SLOT_OCTETS: handshake datagrams waiting for Python

cdef struct EventRing:
    Event* events
    uint8_t* slots
    uint64_t head               # written by the engine
    uint64_t tail               # written by Python
    uint64_t slot_head
    uint64_t slot_tail
    uint64_t signalled
    int fd

cdef struct State:
    int max_endpoints
    int max_tracks
    int max_rows
    Endpoint** endpoints
    int64_t* due                # per Endpoint: when its timers must be looked at
    Track** tracks
    Row** rows
    int endpoint_top            # one past the highest index in use
    void* paths                 # demux's table of proven addresses
    void* ufrags                # demux's table of user name fragments
    Egress egress
    EventRing events
    Endpoint* paced             # those for whom something waits
    Object* retired             # collected by the engine ...
    void* mailbox               # ... and handed over here when Python has emptied it
    void* sockets               # NULL in step mode
    void* capture               # step mode: what was sent
    int64_t now_ns              # `set_clock` sets these three
    uint32_t now_us             # turns over after 71 minutes: for differences only
    uint32_t send_time          # abs-send-time: 24 bits of 6.18 fixed-point seconds
    int64_t ntp_offset_ns       # NTP time minus the engine's clock
    uint32_t random             # xorshift state: SSRCs and jitter of timers, nothing secret
    uint64_t counters[COUNTERS]


cdef inline void count(State* state, int counter) noexcept nogil:
    state.counters[counter] += 1


cdef inline void retire(State* state, Object* item) noexcept nogil:
    item.next = state.retired
    state.retired = item


cdef inline uint32_t draw(State* state) noexcept nogil:
    state.random ^= state.random << 13
    state.random ^= state.random >> 17
    state.random ^= state.random << 5
    return state.random


cdef inline void smooth_audio_loss(Endpoint* endpoint) noexcept nogil:
    """Per audio packet sent; over the last two seconds of two voices or so."""
    endpoint.audio_loss -= endpoint.audio_loss / AUDIO_LOSS_PACKETS


cdef inline void note_audio_loss(Endpoint* endpoint) noexcept nogil:
    """Per audio packet that is repeated for the first time."""
    endpoint.audio_loss += 1.0 / AUDIO_LOSS_PACKETS


cdef inline void soonest(State* state, Endpoint* endpoint, int64_t due_ns) noexcept nogil:
    if due_ns < state.due[endpoint.object.index]:
        state.due[endpoint.object.index] = due_ns


cdef inline void set_clock(State* state, int64_t now_ns) noexcept nogil:
    """Once per round, so that no packet divides for it."""
    cdef int64_t seconds = now_ns // 1000000000
    state.now_ns = now_ns
    state.now_us = <uint32_t>(now_ns // 1000)
    state.send_time = <uint32_t>(((seconds << 18) + (((now_ns - seconds * 1000000000) << 18) // 1000000000)) & 0xFFFFFF)

"""What the load generator keeps in memory: peers, the tracks they publish, the streams they receive.

One `World` belongs to one generator thread. Python fills a `Peer` or a `Track` completely before it raises the count
that makes the thread see it; everything else is the thread's alone while it runs.
"""
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t

cdef enum:
    MAX_PEERS = 1024
    MAX_TRACKS = 256
    # Packets of a Track whose intended time is remembered; a power of two; 13 s at 600 packets per second.
    SENT_WINDOW = 8192
    # Packets of a Track kept for retransmission; a power of two; 1.7 s at 300 packets per second.
    STORED = 512
    PACKET_ROOM = 1400
    # Received sequence numbers told apart as new or double; a power of two.
    SEEN_BITS = 4096
    MAX_MISSING = 64
    # Transport-wide arrivals remembered between two feedbacks; a power of two.
    ARRIVALS = 4096
    # Latency histogram: one bucket per microsecond, the last one for everything longer.
    BUCKETS = 131072
    # Bytes at the end of each payload: magic (4), track (4), packet index in its track (8).
    TAIL = 16
    MAGIC = 0x74726562

cdef enum:
    KIND_UNKNOWN = 0
    KIND_AUDIO = 1
    KIND_VIDEO = 2
    KIND_RTX = 3

# srtp_protect, srtp_unprotect and their RTCP twins of libsrtp: 0 is success.
ctypedef int (*srtp_call)(void* session, void* packet, int* size) noexcept nogil

cdef struct Track:
    # Something that a peer publishes.
    int peer
    uint8_t kind
    uint8_t payload_type
    uint8_t rtx_payload_type    # 0: none
    uint32_t ssrc
    uint32_t rtx_ssrc
    uint8_t mid[16]
    int mid_size
    uint32_t clock_rate
    int64_t period_ns           # between two frames
    int64_t spread_ns           # over which a frame's packets are spread; 0: all at once
    int frame_bytes             # mean payload of a frame
    int payload_bytes           # at most, per packet
    int keyframe_every          # frames; 0: only when asked for
    # Where the schedule stands.
    bint stopped
    bint keyframe_wanted
    int64_t start_ns
    int64_t next_ns             # intended time of the next packet
    int64_t frame
    int64_t last_keyframe_ns
    int part
    int parts
    int bytes_left
    bint key
    uint32_t random
    int64_t packets             # sent so far, so the index of the next one
    int64_t octets
    uint16_t rtx_sequence
    int64_t* intended           # by packet index modulo SENT_WINDOW
    uint8_t* opens              # likewise: a decoder can begin with this packet
    uint8_t* stored             # STORED plain packets
    uint16_t* stored_size
    int64_t window_packets      # with an intended time inside the measuring window
    int64_t nacks
    int64_t retransmitted
    int64_t keyframe_requests

cdef struct Missing:
    int64_t sequence
    int64_t asked_ns
    int tries

cdef struct Stream:
    # One SSRC that a peer receives.
    uint32_t ssrc
    int track                   # -1 until a decrypted sample has told
    int64_t offset              # extended sequence number received - packet index in the Track
    int64_t highest
    int64_t first
    int64_t packets
    int64_t octets
    int64_t duplicates
    int64_t recovered           # came as a retransmission
    int64_t samples
    int64_t bad                 # samples that libsrtp refused
    int bad_status              # and why, the last time (srtp_err_status_t: 7 authentication, 9 and 10 replay)
    int64_t unmarked            # samples that are authentic and carry no mark of ours
    int64_t switches            # the offset changed: another source, or a gap that the server closed
    int64_t window_packets
    int64_t since_sample
    uint64_t seen[64]
    Missing missing[MAX_MISSING]
    int missing_count
    int64_t given_up
    # For receiver reports (RFC 3550 appendix A).
    int64_t expected_prior
    int64_t received_prior
    int64_t transit
    int64_t jitter
    uint32_t last_sr
    int64_t last_sr_ns

cdef struct Peer:
    int fd
    bint stopped
    void* send_session          # libsrtp; NULL: plain RTP (the floor)
    void* receive_session
    uint32_t ssrc               # of our RTCP
    uint8_t kind_of[128]        # by payload type
    uint8_t mid_id              # header extension ids; 0: not negotiated
    uint8_t abs_send_time_id
    uint8_t transport_id
    uint8_t level_id
    bint nack
    uint8_t* consent            # ready-made STUN requests, sent in turn
    int consent_size
    int consent_count
    int consent_next
    int tracks[8]
    int track_count
    Stream* streams
    int stream_capacity
    int stream_count
    uint16_t stream_of[512]     # open addressing by SSRC; index + 1
    uint16_t transport_sequence  # of what we send
    int64_t* arrivals           # by unwrapped transport-wide sequence modulo ARRIVALS
    int64_t arrivals_next
    int64_t arrivals_highest
    bint arrivals_started
    uint8_t feedback_count
    int64_t consent_ns          # next due
    int64_t report_ns
    int64_t feedback_ns
    int64_t first_media_ns      # kernel's time of the first packet a decoder can begin with; 0 before
    int64_t received
    int64_t unknown             # no payload type or no room for the SSRC
    int64_t padding
    int64_t rtx
    int64_t rtcp
    int64_t rtcp_bad
    int64_t stun
    int64_t dtls
    int64_t sent_rtcp
    int64_t send_errors

cdef struct World:
    Peer* peers
    int peer_count
    Track* tracks
    int track_count
    srtp_call protect
    srtp_call unprotect
    srtp_call protect_rtcp
    srtp_call unprotect_rtcp
    int sample_every
    int64_t now_ns              # CLOCK_MONOTONIC, read before each batch
    int64_t realtime_offset_ns  # CLOCK_REALTIME - CLOCK_MONOTONIC
    # The measuring window, by intended send time.
    int64_t window_start_ns
    int64_t window_end_ns
    uint32_t* latency           # every media packet
    uint32_t* latency_last      # the last packet of each frame
    uint32_t* lag               # of our own sends behind their intended time
    int64_t latency_max_ns
    int64_t lag_max_ns


cdef extern from *:
    """
    #include <time.h>
    #include <stdint.h>
    static inline int64_t bench_clock(clockid_t id) {
        struct timespec t;
        clock_gettime(id, &t);
        return (int64_t)t.tv_sec * 1000000000LL + t.tv_nsec;
    }
    static inline int64_t bench_monotonic(void) { return bench_clock(CLOCK_MONOTONIC); }
    static inline int64_t bench_realtime(void) { return bench_clock(CLOCK_REALTIME); }
    """
    int64_t bench_monotonic() noexcept nogil
    int64_t bench_realtime() noexcept nogil


cdef inline void count_time(uint32_t* histogram, int64_t ns) noexcept nogil:
    """Add a time to a histogram of microseconds."""
    cdef int64_t bucket = ns // 1000 if ns > 0 else 0
    histogram[bucket if bucket < BUCKETS else BUCKETS - 1] += 1

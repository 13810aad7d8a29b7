"""What was sent to one receiver lately, by transport sequence number, and what its feedback has said of it."""
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t

from _fastpath.twcc cimport TwccAck

cdef enum:
    # Packets remembered, a power of two: half a second at 2000 packets/s (20 Mbit/s), two at what a room sends. Feedback
    # comes within a round trip and 100 ms. It is most of what a receiver's estimator takes.
    SENT_LOG = 1024

cdef enum Fate:
    NEVER_SENT = 0          # zeroed memory
    ON_ITS_WAY = 1
    RECEIVED = 2
    LOST = 3                # as far as the feedback has said

cdef struct SentPacket:
    int64_t sent_ns
    int32_t delay_us        # one-way delay less that of the first packet ever acknowledged; where RECEIVED
    uint16_t size
    uint8_t cluster         # of the probe it belongs to; 0: none
    uint8_t fate

cdef struct SentLog:
    bint started
    bint heard                      # some packet has been acknowledged
    int64_t highest                 # newest sequence sent
    int64_t newest_received         # newest sequence known to have arrived; -1: none
    int64_t clock_offset_ns         # arrival less sending of the first packet acknowledged
    int64_t last_arrival_ns         # of the latest feedback, its 24-bit reference time unwrapped
    SentPacket packets[SENT_LOG]    # by unwrapped sequence modulo its size

cdef void sent_log_jump(SentLog* log, int64_t sequence) noexcept nogil
# The packet that an ack is about, its fate brought up to date; NULL where it tells nothing new.
# `was`: the fate before.
cdef SentPacket* sent_log_ack(SentLog* log, const TwccAck* ack, Fate* was) noexcept nogil


cdef inline SentPacket* sent_packet(SentLog* log, int64_t sequence) noexcept nogil:
    return &log.packets[sequence & (SENT_LOG - 1)]


# On the sender's clock but for a constant: the time between two arrivals is true.
cdef inline int64_t arrival_of(const SentPacket* packet) noexcept nogil:
    return packet.sent_ns + <int64_t>packet.delay_us * 1000


# Octets lost to each one received that the path's own loss explains.
cdef inline double most_lost(double inherent) noexcept nogil:
    return inherent / (1 - min(inherent, 0.5))

"""Which packets of a Row are protected together, and by how many FEC packets."""
from libc.stdint cimport int64_t

from _fastpath.packet cimport Packet
from _fastpath.parity cimport Parity

cdef enum:
    BANKS = 8                   # the most FEC packets of a group: bursts of as many losses can be repaired
    GROUP_SPAN = 48             # numbers that a group may span: libwebrtc's masks
    GROUP_FRAMES = 3
    GROUP_NS = 100000000        # protection that comes later than this comes after the retransmission

cdef struct FecEncoder:
    Parity banks[BANKS]         # packet i of the group is summed into bank i modulo BANKS
    int64_t base                # number of the group's first packet
    int64_t newest              # highest number seen
    bint frame_end              # that packet ended a frame
    bint whole_frames           # FEC packets may come behind frames only, not within
    int packets
    int frames
    int64_t first_ns            # when the group began
    int64_t frame_ns            # when the last frame ended, and how long it was after the one before
    int64_t interval_ns
    int credit                  # hundredths of FEC packets that are owed

cdef void fec_reset(FecEncoder* encoder) noexcept nogil
# The packet that is sent under `number`; `dose` is FEC packets per 100.
cdef void fec_add(FecEncoder* encoder, int64_t number, const Packet* packet, int dose, int64_t now_ns) noexcept nogil
# Does the group end here? Then how many FEC packets are due: `banks[0..n-1]`, over numbers from `base` on; call
# `fec_reset` when they are sent. 0: the group goes on, or ended unprotected.
cdef int fec_due(FecEncoder* encoder, int dose, int64_t now_ns) noexcept nogil

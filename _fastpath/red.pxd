"""Audio that repeats itself: RFC 2198 with Opus in it."""
from libc.stdint cimport uint8_t, uint32_t

from _fastpath.packet cimport Packet
from _fastpath.table cimport Arrival, Layer, Row, RowSource

cdef enum:
    MAX_RED_BLOCKS = 32         # of one packet, the primary one included; browsers send up to ten
    MAX_EARLIER = 2             # payloads that we put in front of one
    MAX_FILLED = 4              # lost packets that one RED packet of a publisher may fill

cdef struct RedBlock:
    uint8_t payload_type
    uint32_t earlier            # RTP clock units before the packet's own timestamp; 0 for the primary
    int start                   # from the payload's first byte
    int size

# Blocks in the order they stand, the primary last; their number, 0 where the payload is malformed.
cdef int read_red(const uint8_t* payload, int size, RedBlock* out) noexcept nogil
# Turn the Row's packet in `out` into RED with up to `want` payloads that came before it; returns the new size and sets how
# many there are. 0 of them: the packet is as it was.
cdef int put_red(
    const Row* row, const RowSource* source, const Arrival* arrival, uint8_t* out, int size, int want,
    int* used) noexcept nogil
# Which sequence number a redundant block repeats, -1 where it is not missing or cannot be told.
cdef long long missing_of(Layer* layer, const Packet* packet, const RedBlock* block, int distance) noexcept nogil
# A packet of its own from one block; returns its size.
cdef int unwrap_block(
    const Layer* layer, const Packet* packet, const RedBlock* block, long long sequence, uint8_t* out) noexcept nogil
# The primary block becomes the packet, in place.
cdef void unwrap_primary(Packet* packet, const RedBlock* block) noexcept nogil

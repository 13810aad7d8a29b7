"""One source packet becomes one packet of a Row: its own numbers, payload type and header extensions."""
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t

from _fastpath.table cimport Arrival, Row, RowSource

cdef struct Stamp:
    # What differs from packet to packet beyond the source's mapping.
    uint16_t sequence
    uint16_t transport_sequence
    uint32_t send_time          # abs-send-time, 24 bits of 6.18 fixed-point seconds
    int original                # RTX: the original sequence number; -1 for media
    uint8_t payload_type
    uint8_t marker
    uint16_t picture_offset
    int64_t targets             # mask of decode targets that the receiver is told of; -1: as the publisher says
    uint32_t ssrc

# Returns the size written; `out` has room for MAX_PACKET bytes and a trailer. 0 where the result would not fit.
cdef int rewrite(
    Row* row, const RowSource* source, const Arrival* arrival, const Stamp* stamp, uint8_t* out) noexcept nogil
# May the Row's receiver be sent dependency descriptors?
cdef bint takes_descriptor(const Row* row) noexcept nogil
# Header and extensions of a packet that repeats none of the source's; the size written.
cdef int write_bare_header(Row* row, const Stamp* stamp, uint32_t timestamp, uint8_t* out) noexcept nogil
# A packet of padding only; the size written.
cdef int write_padding(Row* row, const Stamp* stamp, uint32_t timestamp, int padding, uint8_t* out) noexcept nogil

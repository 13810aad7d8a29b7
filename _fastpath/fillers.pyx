"""The ring of places at which numbers were put into the Row's current source."""
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from libc.string cimport memset

from _fastpath.egress cimport commit_rtp, reserve
from _fastpath.packet cimport Packet
from _fastpath.rewrite cimport Stamp, abs_send_time, put_extensions
from _fastpath.table cimport FILLERS, SOURCES, Endpoint, Row, RowSource, State
from _fastpath.wire cimport put16, put32


cdef int64_t take_number(Row* row) noexcept nogil:
    row.last_sequence += 1
    row.fillers[row.filler_count & (FILLERS - 1)] = row.last_sequence - row.filler_count
    row.filler_count += 1
    return row.last_sequence


cdef int64_t with_fillers(Row* row, int64_t plain) noexcept nogil:
    cdef int64_t before = row.filler_count
    cdef int64_t oldest = before - FILLERS
    while before > 0 and row.fillers[(before - 1) & (FILLERS - 1)] > plain:
        before -= 1
        if before == oldest and oldest > 0:
            return -1
    return plain + before


cdef bint send_empty(State* state, Row* row, int64_t number, uint32_t timestamp) noexcept nogil:
    """With header extensions: Firefox takes the first packet of an SSRC only where the MID says whose it is."""
    cdef RowSource* source = &row.sources[row.source & (SOURCES - 1)]
    cdef Endpoint* endpoint = row.endpoint
    cdef Packet nothing
    cdef Stamp stamp
    cdef uint8_t* out
    cdef uint8_t* at
    if source.layer == NULL or not row.rtx_ssrc or row.rtx_payload_type[source.layer.codec] == 255:
        return False
    memset(&nothing, 0, sizeof(Packet))
    stamp.transport_sequence = endpoint.transport_sequence
    stamp.send_time = abs_send_time(state.now_ns)
    out = reserve(state)
    at = put_extensions(row, &nothing, &stamp, out + 12)
    out[0] = 0x80 if at == out + 12 else 0x90
    out[1] = row.rtx_payload_type[source.layer.codec]
    put16(out + 2, row.rtx_sequence)
    put32(out + 4, timestamp)
    put32(out + 8, row.rtx_ssrc)
    put16(at, <uint16_t>number)
    if not commit_rtp(state, endpoint, out, <int>(at - out) + 2):
        return False
    endpoint.transport_sequence += 1
    row.rtx_sequence += 1
    return True

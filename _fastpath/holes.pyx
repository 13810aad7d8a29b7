"""An RTX packet without payload says that a number has nothing behind it, so that the receiver stops asking for it."""
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t

from _fastpath.bandwidth cimport note_sent
from _fastpath.egress cimport commit_rtp, reserve
from _fastpath.rewrite cimport Stamp, write_bare_header
from _fastpath.table cimport SOURCES, Endpoint, Row, RowSource, State
from _fastpath.wire cimport put16


cdef bint send_empty_rtx(State* state, Row* row, int64_t number, uint32_t timestamp) noexcept nogil:
    """With header extensions: Firefox takes the first packet of an SSRC only where its MID says whose it is."""
    cdef RowSource* source = &row.sources[row.source & (SOURCES - 1)]
    cdef Endpoint* endpoint = row.endpoint
    cdef Stamp stamp
    cdef uint8_t* out
    cdef int size
    if source.layer == NULL or not row.rtx_ssrc or row.rtx_payload_type[source.layer.codec] == 255:
        return False
    stamp.sequence = row.rtx_sequence
    stamp.payload_type = row.rtx_payload_type[source.layer.codec]
    stamp.ssrc = row.rtx_ssrc
    stamp.marker = False
    stamp.transport_sequence = endpoint.transport_sequence
    stamp.send_time = state.send_time
    out = reserve(state)
    size = write_bare_header(row, &stamp, timestamp, out)
    put16(out + size, <uint16_t>number)
    size = commit_rtp(state, endpoint, out, size + 2)
    if size == 0:
        return False
    note_sent(state, endpoint, stamp.transport_sequence, size)
    endpoint.transport_sequence += 1
    row.rtx_sequence += 1
    return True

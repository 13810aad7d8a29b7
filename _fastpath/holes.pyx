"""An RTX packet without payload says that a number has nothing behind it, so that the receiver stops asking for it."""
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t

from _fastpath.egress cimport commit_rtp, reserve
from _fastpath.table cimport SOURCES, Row, RowSource, State
from _fastpath.wire cimport put16, put32


cdef bint send_empty_rtx(State* state, Row* row, int64_t number, uint32_t timestamp) noexcept nogil:
    cdef RowSource* source = &row.sources[row.source & (SOURCES - 1)]
    cdef uint8_t* out
    if source.layer == NULL or not row.rtx_ssrc or row.rtx_payload_type[source.layer.codec] == 255:
        return False
    out = reserve(state)
    out[0] = 0x80
    out[1] = row.rtx_payload_type[source.layer.codec]
    put16(out + 2, row.rtx_sequence)
    put32(out + 4, timestamp)
    put32(out + 8, row.rtx_ssrc)
    put16(out + 12, <uint16_t>number)
    if not commit_rtp(state, row.endpoint, out, 14):
        return False
    row.rtx_sequence += 1
    return True

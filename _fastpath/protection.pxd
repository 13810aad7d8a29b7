"""FEC of a Row: outgoing packets are counted into a group, and FEC packets follow where one ends."""
from libc.stdint cimport int64_t, uint8_t

from _fastpath.table cimport SOURCES, Row, RowSource, State


cdef inline bint is_protected(Row* row) noexcept nogil:
    cdef RowSource* source = &row.sources[row.source & (SOURCES - 1)]
    if row.endpoint.fec_dose == 0 or row.fec == NULL:  # in this order: see `Engine.set_protection`
        return False
    return row.flexfec_ssrc != 0 or (row.rtx_ssrc != 0 and row.rtx_payload_type[source.layer.codec] != 255)


# Both only where `is_protected`.

# An outgoing packet, written and not yet encrypted: summed, and wrapped in RED where its FEC needs that. Returns its size.
cdef int protect(State* state, Row* row, int64_t number, uint8_t* out, int size) noexcept nogil
# After that packet has left: the FEC packets that are due.
cdef void send_parity(State* state, Row* row, int64_t number) noexcept nogil

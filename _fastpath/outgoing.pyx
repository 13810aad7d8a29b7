"""Who sends under which SSRC: an Endpoint's Rows by their media and RTX SSRCs, open addressing."""
from libc.stdint cimport uint32_t

from _fastpath.table cimport OUTGOING_SSRCS, Endpoint, Row


cdef inline uint32_t slot_of(uint32_t ssrc) noexcept nogil:
    return (ssrc * 0x9E3779B1u) >> 16


cdef bint add_outgoing(Endpoint* endpoint, uint32_t ssrc, Row* row) noexcept nogil:
    """False where the table is full. Rows live as long as their Endpoint or leave a hole: see `remove_row`."""
    cdef uint32_t at = slot_of(ssrc) & (OUTGOING_SSRCS - 1)
    cdef int _
    for _ in range(OUTGOING_SSRCS - 1):
        if endpoint.outgoing[at].row == NULL:
            endpoint.outgoing[at].ssrc = ssrc
            endpoint.outgoing[at].row = row
            return True
        at = (at + 1) & (OUTGOING_SSRCS - 1)
    return False


cdef Row* row_of_ssrc(Endpoint* endpoint, uint32_t ssrc) noexcept nogil:
    cdef uint32_t at = slot_of(ssrc) & (OUTGOING_SSRCS - 1)
    cdef int _
    for _ in range(OUTGOING_SSRCS):
        if endpoint.outgoing[at].row == NULL:
            return NULL
        if endpoint.outgoing[at].ssrc == ssrc:
            return endpoint.outgoing[at].row
        at = (at + 1) & (OUTGOING_SSRCS - 1)
    return NULL

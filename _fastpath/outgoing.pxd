"""An Endpoint's Rows by the SSRCs that they send under."""
from libc.stdint cimport uint32_t

from _fastpath.table cimport Endpoint, Row

cdef bint add_outgoing(Endpoint* endpoint, uint32_t ssrc, Row* row) noexcept nogil
cdef Row* row_of_ssrc(Endpoint* endpoint, uint32_t ssrc) noexcept nogil

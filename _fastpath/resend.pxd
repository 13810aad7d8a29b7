"""Retransmission to a receiver that asks for it."""
from libc.stdint cimport uint16_t

from _fastpath.table cimport Row, State

# Answer one NACK; False where the packet is unknown, too old, or was sent less than a round trip ago.
cdef bint retransmit(State* state, Row* row, uint16_t sequence) noexcept nogil

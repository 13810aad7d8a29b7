"""Retransmission to a receiver that asks for it."""
from libc.stdint cimport uint16_t

from _fastpath.table cimport Row, SentPacket, State

# Answer one NACK; False where the packet is unknown, too old, or was sent less than a round trip ago.
cdef bint retransmit(State* state, Row* row, uint16_t sequence) noexcept nogil
# Does the number belong to a source before the present one?
cdef bint is_former(Row* row, uint16_t sequence) noexcept nogil
# Once more what was sent as `sent`, whoever asks: in the RTX stream, or the very same packet.
cdef bint repeat(State* state, Row* row, SentPacket* sent, bint rtx) noexcept nogil

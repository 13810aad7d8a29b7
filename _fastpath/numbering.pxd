"""Which number a packet of a source gets among the Row's."""
from libc.stdint cimport int64_t, uint16_t

from _fastpath.table cimport Arrival, Numbering, Row

# The source begins: `media` gets `number`.
cdef void start_numbers(Numbering* numbers, int64_t media, int64_t number) noexcept nogil
# The newest packet is not sent: what follows closes the gap. Only in order of arrival, before anything newer is sent.
cdef void skip_number(Numbering* numbers, const Arrival* arrival) noexcept nogil
# -1 for a packet that was skipped, or is too old. `pictures`: how many were skipped before it.
cdef int64_t number_of(const Numbering* numbers, int64_t media, uint16_t* pictures) noexcept nogil
# A number for a packet of the Row's own, next behind the highest sent; -1 before the first. It counts as sent.
cdef int64_t take_number(Row* row) noexcept nogil

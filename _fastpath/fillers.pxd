"""Numbers of a Row that FEC packets take between those of media."""
from libc.stdint cimport int64_t, uint32_t

from _fastpath.table cimport Row, State

# The number behind the highest sent, for a packet that is put in there; media that follows moves up by one.
cdef int64_t take_number(Row* row) noexcept nogil
# The number that media has which would have `plain` if nothing had been put in; -1 where that is no longer known.
cdef int64_t with_fillers(Row* row, int64_t plain) noexcept nogil
# An RTX packet that repeats nothing: no media has this number. False where the Row has no RTX, no keys or no path.
cdef bint send_empty(State* state, Row* row, int64_t number, uint32_t timestamp) noexcept nogil

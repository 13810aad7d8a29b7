"""Numbers of a Row that FEC packets take between those of media."""
from libc.stdint cimport int64_t

from _fastpath.table cimport Row

# The number behind the highest sent, for a packet that is put in there; media that follows moves up by one.
cdef int64_t take_number(Row* row) noexcept nogil
# The number that media has which would have `plain` if nothing had been put in; -1 where that is no longer known.
cdef int64_t with_fillers(Row* row, int64_t plain) noexcept nogil

"""The ring of places at which numbers were put into the Row's current source."""
from libc.stdint cimport int64_t

from _fastpath.table cimport FILLERS, Row


cdef int64_t take_number(Row* row) noexcept nogil:
    row.last_sequence += 1
    row.fillers[row.filler_count & (FILLERS - 1)] = row.last_sequence - row.filler_count
    row.filler_count += 1
    return row.last_sequence


cdef int64_t with_fillers(Row* row, int64_t plain) noexcept nogil:
    cdef int64_t before = row.filler_count
    cdef int64_t oldest = before - FILLERS
    while before > 0 and row.fillers[(before - 1) & (FILLERS - 1)] > plain:
        before -= 1
        if before == oldest and oldest > 0:
            return -1
    return plain + before

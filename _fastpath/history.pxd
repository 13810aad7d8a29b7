"""The one stored copy of each incoming packet, from which every Row's retransmissions are made (RFC 4588)."""
from libc.stdint cimport int64_t, uint8_t, uint64_t

cdef struct HistoryEntry:
    int64_t sequence        # unwrapped; -1 where empty
    uint64_t position       # of the first byte, counted since the start
    int size
    bint repeated           # came as a retransmission: its header is not the one that was first sent

cdef struct History:
    uint8_t* octets         # a ring of `capacity` bytes, a power of two
    uint64_t capacity
    uint64_t head           # next position to write
    HistoryEntry* entries   # by sequence modulo `slots`, a power of two
    int slots

cdef void history_store(History* history, int64_t sequence, const uint8_t* data, int size) noexcept nogil
cdef void history_note_repeated(History* history, int64_t sequence) noexcept nogil
cdef bint history_is_repeated(History* history, int64_t sequence) noexcept nogil
# The stored packet, or NULL where it has been overwritten or never came.
cdef uint8_t* history_find(History* history, int64_t sequence, int* size) noexcept nogil

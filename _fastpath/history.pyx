"""A byte ring with an index by sequence number.

Packets of any size stand one behind the other, so that memory follows the bitrate and not the packet count. A position
never wraps (64 bits), so an entry is alive exactly while `head - position <= capacity`; nothing is ever cleared.
"""
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.string cimport memcpy


cdef void history_store(History* history, int64_t sequence, const uint8_t* data, int size) noexcept nogil:
    cdef uint64_t offset = history.head & (history.capacity - 1)
    cdef HistoryEntry* entry
    if <uint64_t>size > history.capacity:
        return
    if offset + size > history.capacity:  # a packet stands in one piece
        history.head += history.capacity - offset
        offset = 0
    memcpy(history.octets + offset, data, size)
    entry = &history.entries[sequence & (history.slots - 1)]
    entry.sequence = sequence
    entry.position = history.head
    entry.size = size
    entry.repeated = False
    history.head += size


cdef uint8_t* history_find(History* history, int64_t sequence, int* size) noexcept nogil:
    cdef HistoryEntry* entry = &history.entries[sequence & (history.slots - 1)]
    if entry.sequence != sequence or history.head - entry.position > history.capacity:
        return NULL
    size[0] = entry.size
    return history.octets + (entry.position & (history.capacity - 1))


cdef void history_note_repeated(History* history, int64_t sequence) noexcept nogil:
    cdef HistoryEntry* entry = &history.entries[sequence & (history.slots - 1)]
    if entry.sequence == sequence:
        entry.repeated = True


cdef bint history_is_repeated(History* history, int64_t sequence) noexcept nogil:
    return history.entries[sequence & (history.slots - 1)].repeated

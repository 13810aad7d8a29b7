"""A Row's sequence numbers go on by one, whatever is left out of its source or put in between.

    source        100  101  102  103  104  105        102 and 103 are of a temporal layer that is left out
    Row           700  701            702  704        703 is a FEC packet that the Row has put behind 104

Two short rings say how one became the other, for the Row's present source: of what came before it `SentPacket` knows
enough. `drops` holds the runs of packets that were left out; a run is known as soon as its packets arrive, which may be
before anything around it is sent. `inserts` holds behind which packet the Row has put one of its own; that is known when
it is sent. The number of any packet, also of one that comes late or
goes out a second time, is its own plus the source's offset, less the drops before it, plus the inserts before it.

A packet that has not come when a newer one passes keeps a number: nobody knows whether it would have been left out. Only
between two dropped packets of one picture and layer there is no doubt.

Positions count from the first packet of the source, so that 32 bits suffice.
"""
from cpython.mem cimport PyMem_Calloc, PyMem_Free
from libc.stdint cimport int64_t, uint16_t, uint32_t
from libc.string cimport memset

from _fastpath.table cimport DROPS, INSERTS, SOURCES, Arrival, Dropped, Numbering, Row


cdef void start_numbers(Numbering* numbers, int64_t media, int64_t number) noexcept nogil:
    numbers.first_media = media
    numbers.offset = number - media
    numbers.drop_count = numbers.dropped = numbers.insert_count = numbers.sent_media = 0


cdef inline bint same_layer(const Numbering* numbers, const Arrival* arrival) noexcept nogil:
    """Is it of the same picture and layer as the packet dropped last?"""
    return (numbers.dropped_timestamp == arrival.packet.timestamp
            and numbers.dropped_spatial == arrival.descriptor.spatial)


cdef void skip_number(Numbering* numbers, const Arrival* arrival) noexcept nogil:
    cdef uint32_t position = <uint32_t>(arrival.media_sequence - numbers.first_media)
    cdef Dropped* run = &numbers.drops[(numbers.drop_count - 1) & (DROPS - 1)]
    cdef bint new_picture = numbers.drop_count == 0 or numbers.dropped_timestamp != arrival.packet.timestamp
    cdef uint16_t pictures = run.pictures if numbers.drop_count else 0
    if numbers.drop_count == 0 or (position > run.end and not same_layer(numbers, arrival)):
        run = &numbers.drops[numbers.drop_count & (DROPS - 1)]
        numbers.drop_count += 1
        run.first = run.end = position
        run.before = numbers.dropped
        run.pictures = pictures
    numbers.dropped += position + 1 - run.end
    run.end = position + 1
    if new_picture:
        run.pictures += 1
    numbers.dropped_timestamp = arrival.packet.timestamp
    numbers.dropped_spatial = arrival.descriptor.spatial


cdef int64_t older_drops(const Numbering* numbers, uint32_t position, uint16_t* pictures) noexcept nogil:
    """Packets dropped before a position that lies before the end of the newest run; -1: dropped itself, or forgotten."""
    cdef const Dropped* run
    cdef uint32_t remembered = numbers.drop_count if numbers.drop_count < DROPS else DROPS
    cdef uint32_t i
    for i in range(remembered):
        run = &numbers.drops[(numbers.drop_count - 1 - i) & (DROPS - 1)]
        if position >= run.end:
            pictures[0] = run.pictures
            return run.before + (run.end - run.first)
        if position >= run.first:
            return -1
    pictures[0] = 0
    return 0 if numbers.drop_count <= DROPS else -1


cdef int64_t inserted_before(const Numbering* numbers, uint32_t position) noexcept nogil:
    """-1: no longer known."""
    cdef uint32_t newer = 0
    cdef uint32_t remembered = numbers.insert_count if numbers.insert_count < INSERTS else INSERTS
    while newer < remembered and numbers.inserts[(numbers.insert_count - 1 - newer) & (INSERTS - 1)] >= position:
        newer += 1
    if newer == INSERTS and numbers.insert_count > INSERTS:
        return -1
    return numbers.insert_count - newer


cdef int64_t number_of(const Numbering* numbers, int64_t media, uint16_t* pictures) noexcept nogil:
    cdef uint32_t position = <uint32_t>(media - numbers.first_media)
    cdef int64_t dropped = 0
    cdef int64_t inserted = 0
    cdef const Dropped* run
    pictures[0] = 0
    if media < numbers.first_media:
        return -1
    if numbers.drop_count:
        run = &numbers.drops[(numbers.drop_count - 1) & (DROPS - 1)]
        if position >= run.end:
            dropped = numbers.dropped
            pictures[0] = run.pictures
        else:
            dropped = older_drops(numbers, position, pictures)
            if dropped < 0:
                return -1
    if numbers.insert_count:
        inserted = inserted_before(numbers, position)
        if inserted < 0:
            return -1
    return media + numbers.offset - dropped + inserted


cdef int64_t take_number(Row* row) noexcept nogil:
    """Its receiver may ask for it again; only who made it can answer."""
    cdef Numbering* numbers = &row.numbering
    if not row.started or row.last_sequence < row.sources[row.source & (SOURCES - 1)].first_out:
        return -1
    numbers.inserts[numbers.insert_count & (INSERTS - 1)] = numbers.sent_media
    numbers.insert_count += 1
    row.last_sequence += 1
    row.sent[row.last_sequence & row.sent_mask].valid = 0
    return row.last_sequence


# For tests.

cdef class Numbers:
    """One source of a Row without packets: positions in, numbers out."""
    cdef Numbering* numbers

    def __cinit__(self, int64_t media, int64_t number):
        self.numbers = <Numbering*>PyMem_Calloc(1, sizeof(Numbering))
        if self.numbers == NULL:
            raise MemoryError
        start_numbers(self.numbers, media, number)

    def __dealloc__(self):
        PyMem_Free(self.numbers)

    def skip(self, int64_t media, uint32_t timestamp, int spatial=0):
        cdef Arrival arrival
        memset(&arrival, 0, sizeof(Arrival))
        arrival.media_sequence = media
        arrival.packet.timestamp = timestamp
        arrival.descriptor.spatial = spatial
        skip_number(self.numbers, &arrival)

    def insert(self, int64_t media):
        """Behind `media`, the highest sent."""
        self.numbers.sent_media = <uint32_t>(media - self.numbers.first_media)
        self.numbers.inserts[self.numbers.insert_count & (INSERTS - 1)] = self.numbers.sent_media
        self.numbers.insert_count += 1

    def number(self, int64_t media):
        """(number, pictures dropped before it), or None."""
        cdef uint16_t pictures
        cdef int64_t number = number_of(self.numbers, media, &pictures)
        return (number, pictures) if number >= 0 else None

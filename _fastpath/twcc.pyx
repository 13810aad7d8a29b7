"""Transport-wide congestion control (draft-holmer-rmcat-transport-wide-cc-extensions-01): arrivals to
feedback and back.

Arrivals live in a ring indexed by the unwrapped sequence number. A slot is true for the numbers in (highest -
TWCC_WINDOW, highest]; moving `highest` clears what it passes, so nothing older ever shows through. A report
does not clear: a packet that comes late, after it was reported lost, moves `next_report` back to itself, and
the numbers after it are reported once more (libwebrtc's remote estimator does the same; senders ignore what
they already know).

    header | sender | media | base sequence, status count | reference time (64 ms), number | chunks | deltas

A status is 0 (not received), 1 (delta of one byte, 0..63.75 ms) or 2 (signed, two bytes); a tick is 250 us.
Chunks hold a run of one status (up to 8191), fourteen one-bit or seven two-bit statuses.
"""
from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from libc.stdint cimport int16_t, int64_t, uint8_t, uint16_t, uint32_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset

from _fastpath.wire cimport get16, get24, put16, put24, put32, unwrap16

cdef enum:
    HEADER = 20                 # up to the first chunk
    TICK_NS = 250_000
    REFERENCE_TICKS = 256       # 64 ms
    LOST = 0
    SMALL = 1
    LARGE = 2
    MAX_RUN = 8191              # thirteen bits
    # A packet later than this after the newest is not reported again: the sender has acted on its loss,
    # and one old number must not make us repeat thousands.
    MAX_LATE = 512


cdef inline int64_t* slot(TwccArrivals* arrivals, int64_t sequence) noexcept nogil:
    return &arrivals.arrival_ns[sequence & (TWCC_WINDOW - 1)]


cdef void twcc_arrived(TwccArrivals* arrivals, uint16_t sequence, int64_t arrival_ns) noexcept nogil:
    cdef int64_t unwrapped, passed
    if not arrivals.started:
        arrivals.started = True
        arrivals.highest = sequence
        arrivals.next_report = sequence
        slot(arrivals, sequence)[0] = arrival_ns
        return
    unwrapped = unwrap16(arrivals.highest, sequence)
    if unwrapped - arrivals.highest >= TWCC_WINDOW:     # another stretch of numbers: begin anew there
        memset(arrivals.arrival_ns, 0, sizeof(arrivals.arrival_ns))
        arrivals.highest = unwrapped
        arrivals.next_report = unwrapped
    elif unwrapped > arrivals.highest:
        passed = arrivals.highest + 1
        while passed < unwrapped:
            slot(arrivals, passed)[0] = 0
            passed += 1
        arrivals.highest = unwrapped
        arrivals.next_report = max(arrivals.next_report, unwrapped - TWCC_WINDOW + 1)
    elif unwrapped <= arrivals.highest - MAX_LATE or slot(arrivals, unwrapped)[0] != 0:
        return
    elif unwrapped < arrivals.next_report:
        arrivals.next_report = unwrapped
    slot(arrivals, unwrapped)[0] = arrival_ns


cdef bint twcc_pending(const TwccArrivals* arrivals) noexcept nogil:
    return arrivals.started and arrivals.next_report <= arrivals.highest

# ---------------------------------------------------------------- writing


cdef struct Statuses:
    uint8_t symbol[TWCC_WINDOW]
    int16_t delta[TWCC_WINDOW]
    int count
    int delta_bytes
    int64_t reference       # ticks, a multiple of REFERENCE_TICKS


cdef inline int64_t ticks_of(int64_t arrival_ns) noexcept nogil:
    return arrival_ns // TICK_NS


cdef void collect(TwccArrivals* arrivals, int room, Statuses* out) noexcept nogil:
    """Statuses from `next_report` on, as many as `room` bytes hold in the worst case (seven to a chunk)."""
    cdef int64_t sequence = arrivals.next_report
    cdef int64_t arrival, tick, delta
    cdef int chunk_bytes, symbol
    while slot(arrivals, sequence)[0] == 0:     # ends: `highest` has arrived
        sequence += 1
    tick = ticks_of(slot(arrivals, sequence)[0])
    out.reference = tick & ~<int64_t>(REFERENCE_TICKS - 1)
    out.count = 0
    out.delta_bytes = 0
    tick = out.reference
    sequence = arrivals.next_report
    while sequence <= arrivals.highest:
        arrival = slot(arrivals, sequence)[0]
        symbol = LOST
        delta = 0
        if arrival != 0:
            delta = ticks_of(arrival) - tick
            symbol = SMALL if 0 <= delta <= 0xFF else LARGE
            if delta != <int16_t>delta:
                return      # the next feedback begins here, with a reference of its own
        chunk_bytes = 2 * (out.count // 7 + 1)
        if chunk_bytes + out.delta_bytes + symbol > room:
            return
        out.symbol[out.count] = <uint8_t>symbol
        out.delta[out.count] = <int16_t>delta
        out.count += 1
        out.delta_bytes += symbol
        tick += delta
        sequence += 1


cdef int run_length(const Statuses* statuses, int begin) noexcept nogil:
    cdef int end = begin + 1
    while end < statuses.count and end - begin < MAX_RUN and statuses.symbol[end] == statuses.symbol[begin]:
        end += 1
    return end - begin


cdef int put_vector(uint8_t* out, const Statuses* statuses, int begin, int bits) noexcept nogil:
    """A chunk of 14 one-bit or 7 two-bit statuses; returns how many of them are real."""
    cdef int capacity = 14 // bits
    cdef int taken = min(capacity, statuses.count - begin)
    cdef int chunk = 0
    cdef int index
    for index in range(taken):
        chunk |= statuses.symbol[begin + index] << (bits * (capacity - 1 - index))
    put16(out, 0x8000 | ((bits - 1) << 14) | chunk)
    return taken


cdef int put_chunks(uint8_t* out, const Statuses* statuses) noexcept nogil:
    """Every chunk but the last holds seven statuses or more, as `collect` reckons. Returns bytes."""
    cdef int position = 0, begin = 0, index, run
    cdef bint any_large
    while begin < statuses.count:
        run = run_length(statuses, begin)
        any_large = False
        for index in range(begin, min(begin + 14, statuses.count)):
            any_large |= statuses.symbol[index] == LARGE
        if run >= 14 or begin + run == statuses.count or (run >= 7 and any_large):
            put16(out + position, (statuses.symbol[begin] << 13) | run)
            begin += run
        else:
            begin += put_vector(out + position, statuses, begin, 2 if any_large else 1)
        position += 2
    return position


cdef int put_deltas(uint8_t* out, const Statuses* statuses) noexcept nogil:
    cdef int position = 0, index
    for index in range(statuses.count):
        if statuses.symbol[index] == SMALL:
            out[position] = <uint8_t>statuses.delta[index]
        elif statuses.symbol[index] == LARGE:
            put16(out + position, <uint16_t>statuses.delta[index])
        position += statuses.symbol[index]
    return position


cdef int twcc_write_feedback(
    TwccArrivals* arrivals, uint8_t* out, int capacity, uint32_t sender, uint32_t media
) noexcept nogil:
    cdef Statuses statuses
    cdef int size, padding
    if not twcc_pending(arrivals):
        return 0
    collect(arrivals, min(capacity, 0xFFFF) - HEADER - 3, &statuses)
    if statuses.count == 0:     # `capacity` holds not even one
        return 0
    size = HEADER + put_chunks(out + HEADER, &statuses)
    size += put_deltas(out + size, &statuses)
    padding = -size & 3
    if padding:
        memset(out + size, 0, padding)
        out[size + padding - 1] = <uint8_t>padding
    size += padding
    out[0] = 0x80 | (0x20 if padding else 0) | 15
    out[1] = 205
    put16(out + 2, size // 4 - 1)
    put32(out + 4, sender)
    put32(out + 8, media)
    put16(out + 12, <uint16_t>arrivals.next_report)
    put16(out + 14, statuses.count)
    put24(out + 16, <uint32_t>(statuses.reference // REFERENCE_TICKS))
    out[19] = arrivals.feedback_count
    arrivals.feedback_count += 1
    arrivals.next_report += statuses.count
    return size

# ---------------------------------------------------------------- reading


cdef struct Chunk:
    int count           # statuses it holds
    int run_symbol      # of a run; -1: a vector
    int bits            # of a vector, per status
    uint16_t word


cdef inline Chunk chunk_at(const uint8_t* p) noexcept nogil:
    cdef Chunk chunk
    chunk.word = get16(p)
    chunk.run_symbol = -1
    chunk.bits = 0
    if chunk.word & 0x8000 == 0:
        chunk.count = chunk.word & MAX_RUN
        chunk.run_symbol = (chunk.word >> 13) & 3
    else:
        chunk.bits = 2 if chunk.word & 0x4000 else 1
        chunk.count = 14 // chunk.bits
    return chunk


cdef inline int chunk_symbol(const Chunk* chunk, int index) noexcept nogil:
    if chunk.run_symbol >= 0:
        return chunk.run_symbol
    return (chunk.word >> (14 - chunk.bits * (index + 1))) & (3 if chunk.bits == 2 else 1)


cdef int find_deltas(const uint8_t* data, int end, int status_count) noexcept nogil:
    """Offset of the first delta, all chunks and deltas checked against `end`; -1 where they do not fit."""
    cdef int position = HEADER
    cdef int delta_bytes = 0
    cdef int left = status_count
    cdef int index, symbol, taken
    cdef Chunk chunk
    while left > 0:
        if position + 2 > end:
            return -1
        chunk = chunk_at(data + position)
        position += 2
        taken = min(chunk.count, left)
        if taken == 0 or chunk.run_symbol == 3:     # an empty run would never end
            return -1
        if chunk.run_symbol >= 0:
            delta_bytes += taken * chunk.run_symbol
        else:
            for index in range(taken):
                symbol = chunk_symbol(&chunk, index)
                if symbol == 3:
                    return -1
                delta_bytes += symbol
        left -= taken
    return position if position + delta_bytes <= end else -1


cdef int twcc_read_feedback(const uint8_t* data, int size, TwccAck* acks, int capacity) noexcept nogil:
    cdef int end, deltas, position, symbol, index
    cdef int written = 0
    cdef int status_count
    cdef int64_t tick
    cdef Chunk chunk
    if size < HEADER or data[0] >> 6 != 2 or data[0] & 0x1F != 15 or data[1] != 205:
        return -1
    end = 4 * (get16(data + 2) + 1)
    if end > size or end < HEADER:
        return -1
    if data[0] & 0x20:
        if data[end - 1] == 0 or data[end - 1] > end - HEADER:
            return -1
        end -= data[end - 1]
    status_count = get16(data + 14)
    deltas = find_deltas(data, end, status_count)
    if deltas < 0 or status_count == 0:
        return -1
    tick = <int64_t>(<int>(get24(data + 16) << 8) >> 8) * REFERENCE_TICKS
    position = HEADER
    status_count = min(status_count, capacity)
    while written < status_count:
        chunk = chunk_at(data + position)
        position += 2
        for index in range(min(chunk.count, status_count - written)):
            symbol = chunk_symbol(&chunk, index)
            if symbol == SMALL:
                tick += data[deltas]
            elif symbol == LARGE:
                tick += <int16_t>get16(data + deltas)
            deltas += symbol
            acks[written].sequence = <uint16_t>(get16(data + 12) + written)
            acks[written].received = symbol != LOST
            acks[written].arrival_ns = tick * TICK_NS if symbol != LOST else 0
            written += 1
    return written


# For tests.

cdef class Arrivals:
    cdef TwccArrivals* state

    def __cinit__(self):
        self.state = <TwccArrivals*>calloc(1, sizeof(TwccArrivals))
        if self.state == NULL:
            raise MemoryError

    def __dealloc__(self):
        free(self.state)

    def arrived(self, uint16_t sequence, int64_t arrival_ns):
        twcc_arrived(self.state, sequence, arrival_ns)

    @property
    def pending(self):
        return bool(twcc_pending(self.state))

    def write(self, int capacity=1200, uint32_t sender=1, uint32_t media=2):
        cdef uint8_t out[2048]
        cdef int size
        capacity = min(capacity, 2000)
        memset(out, 0xA5, 2048)
        size = twcc_write_feedback(self.state, out, capacity, sender, media)
        assert size <= max(capacity, 0)
        for index in range(max(capacity, 0), 2048):
            assert out[index] == 0xA5, "written past the capacity"
        return bytes(out[:size])


def read(data, int capacity=65536):
    cdef Py_buffer view
    cdef TwccAck* acks = <TwccAck*>calloc(capacity, sizeof(TwccAck))
    cdef int count, index
    PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
    try:
        count = twcc_read_feedback(<const uint8_t*>view.buf, <int>view.len, acks, capacity)
        if count < 0:
            return None
        return [
            (acks[index].sequence, acks[index].arrival_ns if acks[index].received else None)
            for index in range(count)
        ]
    finally:
        PyBuffer_Release(&view)
        free(acks)

"""A Row that takes up somebody who has just begun to speak starts a little before now.

To be noticed, to be seated and to have that told takes some 100 ms, in which the first syllable passes. So it is sent from
the history in one go, in its order, with timestamps that run on from the first of it: the receiver's jitter buffer holds
it for a moment and plays a little faster until it has caught up. Who has been speaking for longer is joined where he is.
"""
from libc.stdint cimport int32_t, int64_t, uint8_t

from _fastpath.history cimport history_find
from _fastpath.sending cimport begin_source, read_stored, send_one
from _fastpath.table cimport SOURCES, Arrival, Layer, Row, State, Track

cdef int64_t LEAD_NS = 100 * 1000000LL      # a voice is noticed that long after its first breath
cdef int64_t LONGEST_NS = 300 * 1000000LL   # more takes longer to catch up with than it is worth
cdef int64_t RECENT_NS = 600 * 1000000LL    # who began earlier has lost his first word already

cdef enum:
    MOST_PACKETS = 32           # of 10 ms each, with room


cdef int64_t first_of_word(State* state, Layer* layer, const Arrival* arrival) noexcept nogil:
    """The oldest stored packet that belongs to it; the arrival's own number where there is none."""
    cdef int64_t span_ns = state.now_ns - layer.track.voice_ns + LEAD_NS
    cdef int64_t first = arrival.sequence
    cdef int64_t sequence
    cdef Arrival stored
    cdef int32_t span
    cdef int32_t before
    cdef uint8_t* data
    cdef int size
    if span_ns > LONGEST_NS:
        span_ns = LONGEST_NS
    span = <int32_t>(span_ns * layer.clock_rate // 1000000000)
    for sequence in range(arrival.sequence - 1, arrival.sequence - 1 - MOST_PACKETS, -1):
        data = history_find(&layer.history, sequence, &size)
        if data == NULL:
            continue
        if not read_stored(layer, sequence, data, size, &stored):
            break
        before = <int32_t>(arrival.packet.timestamp - stored.packet.timestamp)
        if before <= 0 or before > span or stored.packet.ssrc != arrival.packet.ssrc:
            break
        if stored.packet.payload_type != arrival.packet.payload_type:
            break
        first = sequence
    return first


cdef bint begin_word(State* state, Row* row, Layer* layer, const Arrival* arrival) noexcept nogil:
    cdef Track* track = layer.track
    cdef int64_t sequence
    cdef Arrival stored
    cdef bint begun = False
    cdef uint8_t* data
    cdef int size
    if not track.speaking or state.now_ns - track.voice_ns > RECENT_NS or arrival.sequence < layer.highest:
        return False
    if row.started and row.sources[row.source & (SOURCES - 1)].layer == layer:
        return False  # it was listening, until a mute or the like
    for sequence in range(first_of_word(state, layer, arrival), arrival.sequence):
        data = history_find(&layer.history, sequence, &size)
        if data == NULL or not read_stored(layer, sequence, data, size, &stored):
            continue
        if not begun:
            begin_source(state, row, layer, &stored)
            begun = True
        send_one(state, row, &stored, False)
    return begun

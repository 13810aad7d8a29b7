"""Rows: which packets of a Track go to which receiver.

A Row always carries at most one Layer (`layer`) and may be waiting to carry another (`target`). The change happens at the
target's next keyframe.
"""
from libc.stdint cimport int64_t, uint8_t, uint32_t

from _fastpath.events cimport E_UNDECODABLE, emit
from _fastpath.history cimport history_find
from _fastpath.preroll cimport begin_word
from _fastpath.sending cimport begin_source, read_stored, send_one
from _fastpath.table cimport NO_LAYER, SOURCES, Arrival, Endpoint, Layer, Row, State, Track, soonest

cdef enum:
    REPLAY = 256                # packets after a late keyframe start that are sent behind it


cdef void replay(State* state, Row* row, Layer* layer, int64_t first) noexcept nogil:
    """The keyframe's first packet came late: what follows it has passed already and is fetched from the history."""
    cdef Arrival arrival
    cdef int64_t sequence
    cdef int64_t last = layer.highest if layer.highest < first + REPLAY else first + REPLAY
    cdef uint8_t* data
    cdef int size
    for sequence in range(first, last + 1):
        data = history_find(&layer.history, sequence, &size)
        if data != NULL and read_stored(layer, sequence, data, size, &arrival):
            send_one(state, row, &arrival)


cdef inline bint can_begin(Row* row, Layer* layer, const Arrival* arrival) noexcept nogil:
    return row.target == layer.index and (not row.video or arrival.descriptor.keyframe)


cdef void forward_to(State* state, Row* row, Layer* layer, Arrival** arrivals, int n) noexcept nogil:
    cdef int i
    cdef bint late
    if row.payload_type[layer.codec] == 255:
        if not row.undecodable and row.target == layer.index:
            row.undecodable = True
            emit(state, E_UNDECODABLE, row.endpoint.object.index, layer.track.object.index, layer.index,
                 row.object.index, layer.codec, NULL, 0)
        return
    for i in range(n):
        if row.layer == layer.index:  # also while waiting for another Layer's keyframe
            send_one(state, row, arrivals[i])
        elif can_begin(row, layer, arrivals[i]):
            late = arrivals[i].sequence < layer.highest
            if row.video or not begin_word(state, row, layer, arrivals[i]):
                begin_source(state, row, layer, arrivals[i])
            send_one(state, row, arrivals[i])
            if late:
                replay(state, row, layer, arrivals[i].sequence + 1)


cdef inline bint reachable(Endpoint* endpoint) noexcept nogil:
    """A Row does not begin before its receiver has keys and a path: its numbers and the keyframe would be spent."""
    return endpoint.send != NULL and endpoint.selected >= 0


cdef void forward(State* state, Layer* layer, Arrival** arrivals, int n) noexcept nogil:
    cdef Row* row = layer.track.rows
    while row != NULL:
        if (row.layer == layer.index or row.target == layer.index) and reachable(row.endpoint):
            forward_to(state, row, layer, arrivals, n)
        row = row.next_in_track


# --- sources ------------------------------------------------------------------------------------------------------


cdef void unlink(Row* row) noexcept nogil:
    if row.track == NULL:
        return
    if row.previous_in_track != NULL:
        row.previous_in_track.next_in_track = row.next_in_track
    else:
        row.track.rows = row.next_in_track
    if row.next_in_track != NULL:
        row.next_in_track.previous_in_track = row.previous_in_track
    row.next_in_track = row.previous_in_track = NULL
    row.track = NULL
    row.layer = NO_LAYER


cdef void set_source(State* state, Row* row, Track* track, int layer, int64_t floor) noexcept nogil:
    if row.track != track:
        unlink(row)
        row.undecodable = False
        if track != NULL:
            row.track = track
            row.next_in_track = track.rows
            if track.rows != NULL:
                track.rows.previous_in_track = row
            track.rows = row
    row.target = layer if track != NULL else NO_LAYER
    if floor >= 0:
        row.has_floor = True
        row.timestamp_floor = <uint32_t>floor
    if track != NULL and track.video and row.layer != layer and track.layers[layer] != NULL:
        want_keyframe(state, track.layers[layer])


cdef void interrupt(Track* track) noexcept nogil:
    cdef Row* row = track.rows
    while row != NULL:
        row.layer = NO_LAYER
        row = row.next_in_track


cdef void begin_rows(State* state, Endpoint* endpoint) noexcept nogil:
    cdef Row* row = endpoint.rows
    if not reachable(endpoint):
        return
    while row != NULL:
        row.layer = NO_LAYER
        if row.track != NULL and row.video and row.target != NO_LAYER and row.track.layers[row.target] != NULL:
            want_keyframe(state, row.track.layers[row.target])
        row = row.next_in_endpoint


cdef void forget_layer(State* state, Layer* layer) noexcept nogil:
    """No Row retransmits what it has sent of this Layer so far."""
    cdef int i
    cdef int k
    cdef Row* row
    for i in range(state.max_rows):
        row = state.rows[i]
        if row == NULL:
            continue
        for k in range(SOURCES):
            if row.sources[k].layer == layer:
                row.sources[k].layer = NULL


cdef void want_keyframe(State* state, Layer* layer) noexcept nogil:
    layer.keyframe_wanted = True
    soonest(state, layer.track.endpoint, state.now_ns)

"""Rows: which packets of a Track go to which receiver.

A Row always carries at most one Layer (`layer`) and may be waiting to carry another (`target`). The change happens at the
target's next keyframe; until then the old Layer goes on, unless there is no room even for the least of it. Which packets
of the Layer it gets says `selection`, once per packet as it arrives; numbering, rewriting and sending come after that
(`pacer`, `sending`).
"""
from libc.stdint cimport int64_t, uint8_t, uint32_t

from _fastpath.estimator cimport Estimator
from _fastpath.events cimport E_UNDECODABLE, emit
from _fastpath.history cimport history_find
from _fastpath.layering cimport base_bps
from _fastpath.pacer cimport pace
from _fastpath.prefetch cimport look_ahead
from _fastpath.preroll cimport begin_word
from _fastpath.requests cimport want_keyframe
from _fastpath.selection cimport (
    BEGIN, DROP, SEND, SEND_MARKED, Verdict, choose, ends_picture, needs_keyframe, spatial_now)
from _fastpath.sending cimport begin_source, read_stored
from _fastpath.table cimport NO_LAYER, SOURCES, SPATIAL, Arrival, Endpoint, Layer, Row, State, Track

cdef enum:
    REPLAY = 256                # packets after a late keyframe start that are sent behind it


cdef inline bint among(Arrival** arrivals, int n, int64_t sequence) noexcept nogil:
    cdef int i
    for i in range(n):
        if arrivals[i].sequence == sequence:
            return True
    return False


cdef void replay(State* state, Row* row, Layer* layer, int64_t first, Arrival** coming, int n) noexcept nogil:
    """The keyframe's first packet came late: what follows it has passed already and is fetched from the history."""
    cdef Arrival arrival
    cdef int64_t sequence
    cdef int64_t last = layer.highest if layer.highest < first + REPLAY else first + REPLAY
    cdef Verdict verdict
    cdef uint8_t* data
    cdef int size
    for sequence in range(first, last + 1):
        if among(coming, n, sequence):
            continue
        data = history_find(&layer.history, sequence, &size)
        if data != NULL and read_stored(layer, sequence, data, size, &arrival):
            verdict = choose(state, row, layer, &arrival)
            if verdict != DROP and verdict != BEGIN:
                pace(state, row, &arrival, verdict)


cdef void begin(State* state, Row* row, Layer* layer, Arrival** coming, int n) noexcept nogil:
    """With the first of `coming`."""
    cdef const Arrival* arrival = coming[0]
    cdef bint late = arrival.sequence < layer.highest
    cdef bint ends
    if row.video or not begin_word(state, row, layer, arrival):
        begin_source(state, row, layer, arrival)
    ends = row.video and ends_picture(&row.sources[row.source & (SOURCES - 1)], layer, arrival)
    pace(state, row, arrival, SEND_MARKED if ends else SEND)
    if late:
        replay(state, row, layer, arrival.sequence + 1, coming + 1, n - 1)


cdef void forward_to(State* state, Row* row, Layer* layer, Arrival** arrivals, int n) noexcept nogil:
    cdef int i
    cdef Verdict verdict
    if row.payload_type[layer.codec] == 255:
        if not row.undecodable and row.target == layer.index:
            row.undecodable = True
            emit(state, E_UNDECODABLE, row.endpoint.object.index, layer.track.object.index, layer.index,
                 row.object.index, layer.codec, NULL, 0)
        return
    for i in range(n):
        verdict = choose(state, row, layer, arrivals[i])
        if verdict == BEGIN:
            begin(state, row, layer, arrivals + i, n - i)
        elif verdict != DROP:
            pace(state, row, arrivals[i], verdict)


cdef inline bint reachable(Endpoint* endpoint) noexcept nogil:
    """A Row does not begin before its receiver has keys and a path: its numbers and the keyframe would be spent."""
    return endpoint.send != NULL and endpoint.selected >= 0


cdef void forward(State* state, Layer* layer, Arrival** arrivals, int n) noexcept nogil:
    cdef Row* row = layer.track.rows
    while row != NULL:
        look_ahead(row)
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


cdef bint hopeless(const Row* row, int layer, int spatial) noexcept nogil:
    """Is there not even room for the lowest temporal layer of what is carried, while something smaller is waited for?

    Its pictures would be lost in a full queue, or arrive late, and the keyframe would have to wait behind them. Smaller is
    another Layer of simulcast, or a lower spatial layer of K-SVC.
    """
    cdef const Estimator* estimator = row.endpoint.estimator
    cdef const Layer* carried
    cdef int kept = 0
    if not row.video or row.layer == NO_LAYER or layer > row.layer or estimator == NULL or estimator.estimate_bps == 0:
        return False
    carried = row.track.layers[row.layer]
    if carried == NULL:
        return False
    if layer == row.layer:
        kept = spatial_now(row)
        if not carried.key_only or kept < 0 or kept >= SPATIAL or spatial >= kept:
            return False
    return base_bps(carried, kept) > estimator.estimate_bps


cdef void set_source(
    State* state, Row* row, Track* track, int layer, int spatial, int temporal, int64_t floor) noexcept nogil:
    if row.track != track:
        unlink(row)
        row.undecodable = False
        if track != NULL:
            row.track = track
            row.next_in_track = track.rows
            if track.rows != NULL:
                track.rows.previous_in_track = row
            track.rows = row
    if track != NULL and hopeless(row, layer, spatial):
        row.layer = NO_LAYER
    row.target = layer if track != NULL else NO_LAYER
    row.target_spatial = <uint8_t>spatial
    row.target_temporal = <uint8_t>temporal
    if floor >= 0:
        row.has_floor = True
        row.timestamp_floor = <uint32_t>floor
    if track != NULL and track.video and track.layers[layer] != NULL and needs_keyframe(row, track.layers[layer]):
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

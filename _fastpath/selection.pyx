"""Which packets of a Layer a Row gets: those of the spatial and temporal layers that it may have.

What is carried changes only where a picture begins, and each change is remembered with the number of its first packet, so
that packets that come late are judged as their neighbours were.

| to                | when                                                                                              |
|-------------------|---------------------------------------------------------------------------------------------------|
| anything          | at a key picture                                                                                  |
| less temporal     | at the next picture                                                                               |
| more temporal     | VP8: at a picture of the next layer up whose Y bit says that it refers to the base layer only.     |
|                   | VP9: at a picture with the U bit (RFC 9628 4.2): nothing higher refers to what came before it      |
| less spatial      | VP9: at the next picture; K-SVC: at a key picture, until then the base temporal layer only         |
| more spatial      | at a key picture, or where the layers up to there were all that there was                          |
| another decode    | dependency descriptor: at once where it is part of the present one; else where a frame of the      |
| target            | present one is a switch indication for it (AV1 RTP appendix A.8.3.4)                               |

In K-SVC (`layering`) the pictures between key pictures need only the highest spatial layer carried. A change of Layer
(simulcast) waits for a keyframe of the new one; on the way down the old one goes on with its lowest temporal layer,
or stops at once where that alone is more than may be sent (`forwarding.set_source`).
"""
from libc.stdint cimport int64_t, uint8_t, uint32_t

from _fastpath.dependency cimport Dependency, DependencyStructure
from _fastpath.numbering cimport skip_number
from _fastpath.payload cimport CODEC_AV1, CODEC_VP8, Descriptor
from _fastpath.requests cimport want_keyframe
from _fastpath.rewrite cimport takes_descriptor
from _fastpath.table cimport MOVES, NO_LAYER, NO_TARGET, SOURCES, UNSETTLED, Arrival, Carried, Layer, Row, RowSource, State


# --- what is carried ----------------------------------------------------------------------------------------------


cdef inline Carried* newest_of(const RowSource* source) noexcept nogil:
    return <Carried*>&source.carried[source.moves & (MOVES - 1)]


cdef Carried* carried_at(RowSource* source, int64_t sequence) noexcept nogil:
    """NULL where that is no longer known."""
    cdef int remembered = source.moves + 1 if source.moves < MOVES else MOVES
    cdef int i
    cdef Carried* carried
    for i in range(remembered):
        carried = &source.carried[(source.moves - i) & (MOVES - 1)]
        if sequence >= carried.first:
            return carried
    return NULL


cdef Carried* move(RowSource* source, const Arrival* arrival) noexcept nogil:
    """From this packet on something else is carried; the caller says what."""
    cdef Carried* before = newest_of(source)
    cdef Carried* now
    source.moves += 1
    now = newest_of(source)
    now[0] = before[0]
    now.first = arrival.sequence
    return now


cdef inline uint8_t wanted_temporal(const Row* row) noexcept nogil:
    """Room is wanted at once where the Row waits for a smaller Layer."""
    return 0 if row.target < row.layer and row.target != NO_LAYER else row.target_temporal


cdef inline uint8_t wanted_spatial(const Row* row, const Layer* layer) noexcept nogil:
    """A receiver that is told nothing of AV1's spatial layers would take them for pictures of their own."""
    return 0 if layer.codec == CODEC_AV1 and not takes_descriptor(row) else row.target_spatial


# --- decode targets -----------------------------------------------------------------------------------------------


cdef uint8_t best_target(
    const DependencyStructure* structure, uint32_t active, int spatial, int temporal) noexcept nogil:
    """The highest target within the limits, spatial before temporal; the lowest where none is."""
    cdef int best = -1
    cdef int lowest = -1
    cdef int height
    cdef int best_height = -1
    cdef int lowest_height = 0
    cdef int i
    for i in range(structure.target_count):
        if not (active >> i) & 1:
            continue
        height = structure.target_spatial[i] * 8 + structure.target_temporal[i]
        if structure.target_spatial[i] <= spatial and structure.target_temporal[i] <= temporal and height > best_height:
            best = i
            best_height = height
        if lowest < 0 or height < lowest_height:
            lowest = i
            lowest_height = height
    if best < 0:
        best = lowest
    return <uint8_t>best if best >= 0 else NO_TARGET


cdef bint is_part(const DependencyStructure* structure, int smaller, int larger) noexcept nogil:
    """Whoever gets one decode target gets all frames of the other."""
    cdef int i
    for i in range(structure.template_count):
        if (structure.present[i] >> smaller) & 1 and not (structure.present[i] >> larger) & 1:
            return False
    return True


cdef inline bint may_switch(
    const DependencyStructure* structure, const Dependency* frame, int now, int to, bint begins_picture) noexcept nogil:
    """Inside a picture only between targets that end it alike."""
    if not begins_picture and structure.target_spatial[now] != structure.target_spatial[to]:
        return False
    return (begins_picture and is_part(structure, to, now)) or ((frame.switches >> to) & 1 and (frame.present >> now) & 1)


cdef void consider_target(
    State* state, Row* row, Layer* layer, RowSource* source, const Arrival* arrival, bint begins_picture) noexcept nogil:
    cdef Carried* now = newest_of(source)
    cdef const DependencyStructure* structure = &layer.structure
    cdef uint8_t spatial = wanted_spatial(row, layer)
    cdef uint8_t temporal = wanted_temporal(row)
    cdef uint8_t wanted
    if now.version == layer.version and now.wish_spatial == spatial and now.wish_temporal == temporal:
        return
    wanted = best_target(structure, layer.active, spatial, temporal)
    if wanted != now.target:
        if now.target != NO_TARGET and not arrival.dependency.has_structure and not may_switch(
                structure, &arrival.dependency, now.target, wanted, begins_picture):
            if structure.target_spatial[wanted] != structure.target_spatial[now.target]:
                want_keyframe(state, layer)
            if structure.target_spatial[wanted] >= structure.target_spatial[now.target]:
                return
            # On the way down: less at once, the rest at the keyframe.
            wanted = best_target(structure, layer.active, structure.target_spatial[now.target], 0)
            if wanted != now.target and begins_picture and is_part(structure, wanted, now.target):
                now = move(source, arrival)
                now.target = wanted
                now.wish_temporal = UNSETTLED
            return
        now = move(source, arrival)
        now.target = wanted
    now.version = layer.version
    now.wish_spatial = spatial
    now.wish_temporal = temporal


# --- layer ids ----------------------------------------------------------------------------------------------------


cdef inline uint8_t next_temporal(
    Layer* layer, const Carried* now, uint8_t wanted, const Descriptor* picture) noexcept nogil:
    if wanted <= now.temporal:
        return wanted
    if not picture.switch_point:
        return now.temporal
    if picture.temporal == now.temporal + 1:
        return now.temporal + 1
    if layer.codec != CODEC_VP8 and picture.temporal <= now.temporal:
        return wanted
    return now.temporal


cdef void consider_layers(State* state, Row* row, Layer* layer, RowSource* source, const Arrival* arrival) noexcept nogil:
    cdef Carried* now = newest_of(source)
    cdef const Descriptor* picture = &arrival.descriptor
    cdef uint8_t spatial = now.spatial
    cdef uint8_t temporal = wanted_temporal(row)
    cdef int only = now.only
    if picture.keyframe:
        spatial = row.target_spatial
        only = -1
    else:
        if layer.key_only:
            if only < 0:
                only = min(spatial, layer.top_spatial)
            if only != min(row.target_spatial, layer.top_spatial):
                want_keyframe(state, layer)
                if only > row.target_spatial:
                    temporal = 0
        elif row.target_spatial < spatial or spatial >= layer.top_spatial:
            spatial = row.target_spatial
        elif row.target_spatial > spatial:
            want_keyframe(state, layer)
        temporal = next_temporal(layer, now, temporal, picture)
    if spatial != now.spatial or temporal != now.temporal or only != now.only:
        now = move(source, arrival)
        now.spatial = spatial
        now.temporal = temporal
        now.only = <signed char>only


# --- verdicts -----------------------------------------------------------------------------------------------------


cdef inline bint belongs(const Carried* carried, const Arrival* arrival) noexcept nogil:
    cdef const Descriptor* descriptor = &arrival.descriptor
    if carried.target != NO_TARGET and arrival.has_dependency:
        return (arrival.dependency.present >> carried.target) & 1
    if descriptor.temporal > carried.temporal or descriptor.spatial > carried.spatial:
        return False
    if carried.only < 0 or descriptor.spatial == carried.only:
        return True
    return descriptor.spatial < carried.only and not descriptor.inter_picture  # of a key picture


cdef inline bint ends(const Carried* carried, Layer* layer, const Arrival* arrival) noexcept nogil:
    cdef int highest = carried.spatial
    if not arrival.descriptor.frame_end:
        return False
    if carried.target != NO_TARGET:
        highest = layer.structure.target_spatial[carried.target]
    elif carried.only >= 0:
        highest = carried.only
    return arrival.descriptor.spatial == highest


cdef bint ends_picture(const RowSource* source, Layer* layer, const Arrival* arrival) noexcept nogil:
    return ends(newest_of(source), layer, arrival)


cdef inline Verdict choose_late(RowSource* source, Layer* layer, const Arrival* arrival) noexcept nogil:
    cdef Carried* carried = carried_at(source, arrival.sequence)
    if carried == NULL:
        return DROP
    if arrival.packet.payload_size and not belongs(carried, arrival):
        return LEAVE_EMPTY
    return SEND_MARKED if ends(carried, layer, arrival) else SEND


cdef inline Verdict choose_next(
    State* state, Row* row, Layer* layer, RowSource* source, const Arrival* arrival) noexcept nogil:
    cdef Carried* carried
    cdef bint begins_picture
    if arrival.descriptor.frame_start:
        # With a packet missing before it a higher spatial layer's start may not be the picture's.
        begins_picture = arrival.packet.timestamp != source.picture_timestamp and (
            arrival.descriptor.spatial == 0 or arrival.media_sequence == source.newest_media + 1)
        if arrival.has_dependency:
            consider_target(state, row, layer, source, arrival, begins_picture)
        elif begins_picture:
            consider_layers(state, row, layer, source, arrival)
    source.newest = arrival.sequence
    source.newest_media = arrival.media_sequence
    source.picture_timestamp = arrival.packet.timestamp
    carried = newest_of(source)
    if not belongs(carried, arrival):
        skip_number(&row.numbering, arrival)
        return DROP
    return SEND_MARKED if ends(carried, layer, arrival) else SEND


cdef Verdict choose(State* state, Row* row, Layer* layer, const Arrival* arrival) noexcept nogil:
    cdef RowSource* source = &row.sources[row.source & (SOURCES - 1)]
    if row.layer != layer.index:
        if row.target == layer.index and (not row.video or arrival.descriptor.keyframe):
            return BEGIN
        return DROP
    # Also while the Row waits for another Layer's keyframe.
    if not row.video:
        return SEND
    if arrival.sequence > source.newest:
        return choose_next(state, row, layer, source, arrival)
    return choose_late(source, layer, arrival)


cdef void start_selection(Row* row, RowSource* source, Layer* layer, const Arrival* arrival) noexcept nogil:
    cdef Carried* carried = &source.carried[0]
    source.moves = 0
    source.newest = arrival.sequence
    source.newest_media = arrival.media_sequence
    source.picture_timestamp = arrival.packet.timestamp
    carried.first = arrival.sequence
    carried.spatial = carried.wish_spatial = wanted_spatial(row, layer)
    carried.temporal = carried.wish_temporal = row.target_temporal
    carried.only = -1
    carried.target = NO_TARGET
    carried.version = layer.version
    if arrival.has_dependency:
        carried.target = best_target(&layer.structure, layer.active, wanted_spatial(row, layer), row.target_temporal)


# --- what a receiver is told ---------------------------------------------------------------------------------------


cdef int64_t targets_told(RowSource* source, Layer* layer, const Arrival* arrival) noexcept nogil:
    """With each structure unless it is all that there is, and with the first packet after each change."""
    cdef Carried* carried
    cdef const DependencyStructure* structure = &layer.structure
    cdef uint32_t mask = 0
    cdef bint changed
    cdef int i
    if not arrival.dependency.frame_start:
        return -1
    carried = carried_at(source, arrival.sequence)
    if carried == NULL:
        return -1
    changed = arrival.sequence == carried.first and carried.first != source.first
    if carried.target == NO_TARGET or not (arrival.dependency.has_structure or changed):
        return -1
    for i in range(structure.target_count):
        if (structure.target_spatial[i] <= structure.target_spatial[carried.target]
                and structure.target_temporal[i] <= structure.target_temporal[carried.target]):
            mask |= <uint32_t>1 << i
    mask &= layer.active
    return mask if changed or mask != layer.active else -1


# --- for others ---------------------------------------------------------------------------------------------------


cdef bint needs_keyframe(Row* row, Layer* layer) noexcept nogil:
    cdef RowSource* source = &row.sources[row.source & (SOURCES - 1)]
    cdef const Carried* now = newest_of(source)
    cdef uint8_t wanted
    if row.layer != layer.index:
        return True
    if now.target != NO_TARGET:
        wanted = best_target(&layer.structure, layer.active, wanted_spatial(row, layer), row.target_temporal)
        return (wanted != NO_TARGET and not is_part(&layer.structure, wanted, now.target)
                and layer.structure.target_spatial[wanted] != layer.structure.target_spatial[now.target])
    if now.only >= 0:
        return now.only != min(row.target_spatial, layer.top_spatial)
    return now.spatial < layer.top_spatial and row.target_spatial > now.spatial


cdef int spatial_now(const Row* row) noexcept nogil:
    cdef const RowSource* source = &row.sources[row.source & (SOURCES - 1)]
    cdef const Carried* now = newest_of(source)
    if row.layer == NO_LAYER or source.layer == NULL:
        return -1
    if now.target != NO_TARGET:
        return source.layer.structure.target_spatial[now.target]
    return min(now.spatial if now.only < 0 else now.only, source.layer.top_spatial)


cdef int temporal_now(const Row* row) noexcept nogil:
    cdef const RowSource* source = &row.sources[row.source & (SOURCES - 1)]
    cdef const Carried* now = newest_of(source)
    if row.layer == NO_LAYER or source.layer == NULL:
        return -1
    if now.target != NO_TARGET:
        return source.layer.structure.target_temporal[now.target]
    return min(now.temporal, source.layer.top_temporal)

"""Choose, rewrite, protect, remember: the inner loop, once per packet and receiver.

A Row always carries at most one Layer (`layer`) and may be waiting to carry another (`target`). The change happens at the
target's next keyframe, so that the receiver's decoder sees one continuous stream: sequence numbers go on by one, the
timestamp by the time that has passed, the picture id by one. `sources` keeps the mapping of the last few sources, because a
receiver may still ask for packets from before the change.

A retransmission is built again from the one stored copy. With RTX (RFC 4588) it has a stream of its own; without (audio) it
is the same packet byte for byte: the same nonce must never protect two different packets.
"""
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t
from libc.string cimport memset

from _fastpath.counters cimport C_FORWARDED, C_RETRANSMITTED
from _fastpath.egress cimport commit_rtp, reserve
from _fastpath.events cimport E_SWITCHED, E_UNDECODABLE, emit
from _fastpath.history cimport history_find
from _fastpath.ingress cimport without_padding
from _fastpath.packet cimport parse_rtp
from _fastpath.payload cimport Codec, Descriptor, describe
from _fastpath.rewrite cimport Stamp, abs_send_time, rewrite
from _fastpath.table cimport (
    NO_LAYER, OUTGOING_SSRCS, SOURCES, Arrival, Endpoint, Layer, Row, RowSource, SentPacket, State, Track, count, draw,
    microseconds, soonest)
from _fastpath.wire cimport put16, put32, unwrap16, unwrap32

cdef enum:
    # A NACK that comes sooner after the packet was sent than one round trip was sent before the packet could arrive.
    UNKNOWN_RTT_US = 50000
    MAX_ANSWERS = 6             # retransmissions of one packet to one receiver
    REPLAY = 256                # packets after a late keyframe start that are sent behind it


# --- one packet to one Row ----------------------------------------------------------------------------------------


cdef void begin_source(State* state, Row* row, Layer* layer, const Arrival* arrival) noexcept nogil:
    """The Row carries `layer` from this packet on."""
    cdef RowSource* source
    cdef int64_t elapsed
    cdef uint32_t timestamp
    cdef uint32_t clock_rate = layer.clock_rate
    row.source += 1
    source = &row.sources[row.source & (SOURCES - 1)]
    source.layer = layer
    source.layer_index = layer.index
    source.first = arrival.sequence
    if not row.started:
        row.last_sequence = (1 << 20) + (draw(state) & 0x7FFF)
        timestamp = row.timestamp_floor if row.has_floor else draw(state)
    else:
        elapsed = state.now_ns - row.last_sent_ns
        timestamp = row.last_timestamp + <uint32_t>(<double>elapsed * clock_rate / 1e9)
        if <int32_t>(timestamp - row.last_timestamp) < 1:
            timestamp = row.last_timestamp + 1
        if row.has_floor and <int32_t>(timestamp - row.timestamp_floor) < 0:
            timestamp = row.timestamp_floor
    row.has_floor = False
    source.first_out = row.last_sequence + 1
    source.first_timestamp = timestamp
    source.sequence_offset = source.first_out - arrival.media_sequence
    source.timestamp_offset = timestamp - arrival.packet.timestamp
    source.picture_offset = <uint16_t>(row.last_picture + 1 - arrival.descriptor.picture_id)
    source.tl0_offset = <uint8_t>(row.last_tl0 + 1 - arrival.descriptor.tl0)
    row.layer = layer.index
    row.clock_rate = clock_rate
    row.report_due_ns = state.now_ns
    soonest(state, row.endpoint, state.now_ns)
    emit(state, E_SWITCHED, row.endpoint.object.index, layer.track.object.index, layer.index, row.object.index,
         timestamp, NULL, 0)


cdef void remember(State* state, Row* row, int64_t out_sequence, const Arrival* arrival, const Stamp* stamp) noexcept nogil:
    cdef SentPacket* sent = &row.sent[out_sequence & row.sent_mask]
    cdef RowSource* source = &row.sources[row.source & (SOURCES - 1)]
    sent.sequence = <int32_t>arrival.sequence
    sent.out_sequence = stamp.sequence
    sent.transport_sequence = stamp.transport_sequence
    sent.send_time = stamp.send_time
    sent.sent_us = microseconds(state.now_ns)
    sent.source = <uint8_t>row.source
    sent.count = 0
    sent.valid = True
    sent.late = row.started and out_sequence < row.last_sequence
    if out_sequence > row.last_sequence or not row.started:
        row.started = True
        row.last_sequence = out_sequence
        row.last_timestamp = arrival.packet.timestamp + source.timestamp_offset
        row.last_sent_ns = state.now_ns
        if arrival.descriptor.picture_id_bits:
            row.last_picture = arrival.descriptor.picture_id + source.picture_offset
        if arrival.descriptor.has_tl0:
            row.last_tl0 = arrival.descriptor.tl0 + source.tl0_offset


cdef bint already_sent(Row* row, int64_t out_sequence, const Arrival* arrival) noexcept nogil:
    cdef SentPacket* sent = &row.sent[out_sequence & row.sent_mask]
    return (sent.valid and sent.out_sequence == <uint16_t>out_sequence and sent.source == <uint8_t>row.source
            and sent.sequence == <int32_t>arrival.sequence)


cdef void send_one(State* state, Row* row, const Arrival* arrival) noexcept nogil:
    """A packet of the Row's current source."""
    cdef RowSource* source = &row.sources[row.source & (SOURCES - 1)]
    cdef Endpoint* endpoint = row.endpoint
    cdef int64_t out_sequence = arrival.media_sequence + source.sequence_offset
    cdef Stamp stamp
    cdef uint8_t* out
    cdef int size
    if arrival.sequence < source.first or already_sent(row, out_sequence, arrival):
        return
    stamp.sequence = <uint16_t>out_sequence
    stamp.transport_sequence = endpoint.transport_sequence
    stamp.send_time = abs_send_time(state.now_ns)
    stamp.original = -1
    stamp.payload_type = row.payload_type[arrival.layer.codec]
    stamp.ssrc = row.ssrc
    out = reserve(state)
    size = rewrite(row, source, &arrival.packet, &arrival.descriptor, &stamp, out)
    if size == 0 or not commit_rtp(state, endpoint, out, size):
        return
    endpoint.transport_sequence += 1
    row.packets += 1
    row.octets += arrival.packet.payload_size
    state.counters[C_FORWARDED] += 1
    remember(state, row, out_sequence, arrival, &stamp)


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


cdef bint read_stored(Layer* layer, int64_t sequence, uint8_t* data, int size, Arrival* arrival) noexcept nogil:
    """A stored packet as it was when it arrived."""
    if not parse_rtp(data, size, &layer.track.endpoint.extensions.by_id, &arrival.packet):
        return False
    memset(&arrival.descriptor, 0, sizeof(Descriptor))
    if arrival.packet.payload_size > 0 and layer.track.video:
        describe(<Codec>layer.codec, data + arrival.packet.header_size, arrival.packet.payload_size,
                 &arrival.descriptor)
    arrival.layer = layer
    arrival.sequence = sequence
    arrival.media_sequence = without_padding(layer, sequence)
    return arrival.media_sequence >= 0


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
    """No Row retransmits from a Layer that is about to be freed."""
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


# --- retransmission -----------------------------------------------------------------------------------------------


cdef bint too_soon(State* state, Row* row, const SentPacket* sent) noexcept nogil:
    """Was it asked for before it could arrive?

    Not where it was sent once and in its turn: only a newer packet, sent after it, can have shown the gap.
    """
    cdef uint32_t passed = microseconds(state.now_ns) - sent.sent_us
    cdef uint32_t rtt = microseconds(row.endpoint.rtt_ns) if row.endpoint.rtt_ns > 0 else UNKNOWN_RTT_US
    return (sent.late or sent.count > 0) and passed < rtt


cdef bint fill_hole(State* state, Row* row, int64_t number) noexcept nogil:
    """A number that a former source left unused will never be used: an empty RTX packet ends the asking for it."""
    cdef RowSource* source = &row.sources[row.source & (SOURCES - 1)]
    cdef uint8_t* out
    if not row.started or number >= source.first_out or row.last_sequence - number > row.sent_mask:
        return False
    if source.layer == NULL or not row.rtx_ssrc or row.rtx_payload_type[source.layer.codec] == 255:
        return False
    out = reserve(state)
    out[0] = 0x80
    out[1] = row.rtx_payload_type[source.layer.codec]
    put16(out + 2, row.rtx_sequence)
    put32(out + 4, source.first_timestamp - 1)
    put32(out + 8, row.rtx_ssrc)
    put16(out + 12, <uint16_t>number)
    if not commit_rtp(state, row.endpoint, out, 14):
        return False
    row.rtx_sequence += 1
    return True


cdef bint retransmit(State* state, Row* row, uint16_t sequence) noexcept nogil:
    """Answer one NACK; False where the packet is unknown, too old, or was sent less than a round trip ago."""
    cdef int64_t number = unwrap16(row.last_sequence, sequence)
    cdef SentPacket* sent = &row.sent[number & row.sent_mask]
    cdef RowSource* source = &row.sources[sent.source & (SOURCES - 1)]
    cdef Arrival arrival
    cdef Stamp stamp
    cdef uint8_t* data
    cdef uint8_t* out
    cdef int size
    cdef int64_t original
    if not sent.valid or sent.out_sequence != sequence:
        return fill_hole(state, row, number)
    if source.layer == NULL or sent.count >= MAX_ANSWERS:
        return False
    if <uint8_t>(<uint8_t>row.source - sent.source) >= SOURCES or too_soon(state, row, sent):
        return False
    original = unwrap32(source.layer.highest, <uint32_t>sent.sequence)
    data = history_find(&source.layer.history, original, &size)
    if data == NULL or not read_stored(source.layer, original, data, size, &arrival):
        return False
    stamp.ssrc = row.ssrc
    stamp.sequence = sequence
    stamp.original = -1
    stamp.payload_type = row.payload_type[source.layer.codec]
    stamp.transport_sequence = sent.transport_sequence
    stamp.send_time = sent.send_time
    if row.rtx_ssrc and row.rtx_payload_type[source.layer.codec] != 255:
        stamp.ssrc = row.rtx_ssrc
        stamp.payload_type = row.rtx_payload_type[source.layer.codec]
        stamp.sequence = row.rtx_sequence
        stamp.original = sequence
        stamp.transport_sequence = row.endpoint.transport_sequence
        stamp.send_time = abs_send_time(state.now_ns)
    out = reserve(state)
    size = rewrite(row, source, &arrival.packet, &arrival.descriptor, &stamp, out)
    if size == 0 or not commit_rtp(state, row.endpoint, out, size):
        return False
    if stamp.original >= 0:
        row.rtx_sequence += 1
        row.endpoint.transport_sequence += 1
    sent.sent_us = microseconds(state.now_ns)
    sent.count += 1
    row.retransmitted += 1
    count(state, C_RETRANSMITTED)
    return True


# --- who sends under which SSRC -----------------------------------------------------------------------------------


cdef inline uint32_t slot_of(uint32_t ssrc) noexcept nogil:
    return (ssrc * 0x9E3779B1u) >> 16


cdef bint add_outgoing(Endpoint* endpoint, uint32_t ssrc, Row* row) noexcept nogil:
    """False where the table is full. Rows live as long as their Endpoint or leave a hole: see `remove_row`."""
    cdef uint32_t at = slot_of(ssrc) & (OUTGOING_SSRCS - 1)
    cdef int _
    for _ in range(OUTGOING_SSRCS - 1):
        if endpoint.outgoing[at].row == NULL:
            endpoint.outgoing[at].ssrc = ssrc
            endpoint.outgoing[at].row = row
            return True
        at = (at + 1) & (OUTGOING_SSRCS - 1)
    return False


cdef Row* row_of_ssrc(Endpoint* endpoint, uint32_t ssrc) noexcept nogil:
    cdef uint32_t at = slot_of(ssrc) & (OUTGOING_SSRCS - 1)
    cdef int _
    for _ in range(OUTGOING_SSRCS):
        if endpoint.outgoing[at].row == NULL:
            return NULL
        if endpoint.outgoing[at].ssrc == ssrc:
            return endpoint.outgoing[at].row
        at = (at + 1) & (OUTGOING_SSRCS - 1)
    return NULL

"""One packet of a Row's source becomes one packet to its receiver: numbered, rewritten, protected, remembered.

`sources` keeps how the numbers of the last few sources became the Row's, because a receiver may still ask for packets from
before a change. The receiver's decoder sees one continuous stream: sequence numbers go on by one, the timestamp by the time
that has passed, the picture id by one.
"""
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t

from _fastpath.bandwidth cimport note_sent
from _fastpath.counters cimport C_FORWARDED
from _fastpath.egress cimport commit_rtp, reserve
from _fastpath.events cimport E_SWITCHED, emit
from _fastpath.ingress cimport without_padding
from _fastpath.layering cimport describe_arrival
from _fastpath.numbering cimport number_of, start_numbers
from _fastpath.packet cimport parse_rtp
from _fastpath.payload cimport CODEC_OPUS, CODEC_VP8
from _fastpath.protection cimport is_protected, protect, send_parity
from _fastpath.red cimport put_red
from _fastpath.rewrite cimport Stamp, rewrite, write_padding
from _fastpath.selection cimport start_selection, targets_told
from _fastpath.table cimport (
    SENT_EMPTY, SENT_MEDIA, SOURCES, Arrival, Endpoint, Layer, Row, RowSource, SentPacket, State, draw,
    smooth_audio_loss, soonest)


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
    start_numbers(&row.numbering, arrival.media_sequence, source.first_out)
    start_selection(row, source, layer, arrival)
    source.first_timestamp = timestamp
    source.timestamp_offset = timestamp - arrival.packet.timestamp
    source.picture_offset = <uint16_t>(row.last_picture + 1 - arrival.descriptor.picture_id)
    source.frame_offset = <uint16_t>(row.last_frame + 1 - arrival.dependency.frame_number)
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
    sent.sent_us = state.now_us
    sent.source = <uint8_t>row.source
    sent.count = 0
    sent.valid = SENT_MEDIA
    sent.marker = stamp.marker
    sent.picture_offset = stamp.picture_offset
    sent.earlier = 0
    sent.late = row.started and out_sequence < row.last_sequence
    if out_sequence > row.last_sequence or not row.started:
        row.started = True
        row.last_sequence = out_sequence
        row.last_timestamp = arrival.packet.timestamp + source.timestamp_offset
        row.last_sent_ns = state.now_ns
        row.numbering.sent_media = <uint32_t>(arrival.media_sequence - row.numbering.first_media)
        if arrival.descriptor.picture_id_bits:
            row.last_picture = arrival.descriptor.picture_id + stamp.picture_offset
        if arrival.has_dependency:
            row.last_frame = arrival.dependency.frame_number + source.frame_offset
        if arrival.descriptor.has_tl0:
            row.last_tl0 = arrival.descriptor.tl0 + source.tl0_offset


cdef bint already_sent(const Row* row, int64_t out_sequence, const Arrival* arrival) noexcept nogil:
    cdef const SentPacket* sent = &row.sent[out_sequence & row.sent_mask]
    return (sent.valid and sent.out_sequence == <uint16_t>out_sequence and sent.source == <uint8_t>row.source
            and sent.sequence == <int32_t>arrival.sequence)


cdef inline bint repeats(const Row* row, const Layer* layer) noexcept nogil:
    """Does the receiver get earlier payloads in each packet of this Layer?"""
    return (row.endpoint.red_distance > 0 and not row.video and row.red_payload_type != 255
            and layer.codec == CODEC_OPUS)


cdef inline bint number_for(
    const Row* row, const RowSource* source, const Arrival* arrival, int64_t* number, uint16_t* pictures) noexcept nogil:
    """False where the packet has no number, or has been sent under it."""
    if arrival.sequence < source.first:
        return False
    number[0] = number_of(&row.numbering, arrival.media_sequence, pictures)
    return number[0] >= 0 and not already_sent(row, number[0], arrival)


cdef void send_one(State* state, Row* row, const Arrival* arrival, bint ends) noexcept nogil:
    """A packet of the Row's current source."""
    cdef RowSource* source = &row.sources[row.source & (SOURCES - 1)]
    cdef Endpoint* endpoint = row.endpoint
    cdef int64_t out_sequence
    cdef uint16_t pictures
    cdef Stamp stamp
    cdef uint8_t* out
    cdef int earlier = 0
    cdef int size
    if not number_for(row, source, arrival, &out_sequence, &pictures):
        return
    stamp.sequence = <uint16_t>out_sequence
    stamp.transport_sequence = endpoint.transport_sequence
    stamp.send_time = state.send_time
    stamp.original = -1
    stamp.payload_type = row.payload_type[arrival.layer.codec]
    stamp.marker = arrival.packet.marker or ends
    stamp.picture_offset = source.picture_offset
    if arrival.layer.codec == CODEC_VP8:
        stamp.picture_offset -= pictures
    stamp.targets = targets_told(source, arrival.layer, arrival) if arrival.has_dependency else -1
    stamp.ssrc = row.ssrc
    out = reserve(state)
    size = rewrite(row, source, arrival, &stamp, out)
    if is_protected(row):
        size = protect(state, row, out_sequence, out, size)
    if size > 0 and repeats(row, arrival.layer):
        size = put_red(row, source, arrival, out, size, endpoint.red_distance, &earlier)
    if size:
        size = commit_rtp(state, endpoint, out, size)
    if size == 0:
        return
    note_sent(state, endpoint, stamp.transport_sequence, size)
    endpoint.transport_sequence += 1
    row.packets += 1
    row.octets += arrival.packet.payload_size
    state.counters[C_FORWARDED] += 1
    remember(state, row, out_sequence, arrival, &stamp)
    row.sent[out_sequence & row.sent_mask].earlier = <uint8_t>earlier
    if is_protected(row):
        send_parity(state, row, out_sequence)
    if not row.video:
        smooth_audio_loss(endpoint)


cdef void send_empty(State* state, Row* row, const Arrival* arrival) noexcept nogil:
    cdef RowSource* source = &row.sources[row.source & (SOURCES - 1)]
    cdef Endpoint* endpoint = row.endpoint
    cdef int64_t out_sequence
    cdef uint16_t pictures
    cdef Stamp stamp
    cdef uint8_t* out
    cdef int size
    if not number_for(row, source, arrival, &out_sequence, &pictures):
        return
    stamp.sequence = <uint16_t>out_sequence
    stamp.transport_sequence = endpoint.transport_sequence
    stamp.send_time = state.send_time
    stamp.original = -1
    stamp.picture_offset = 0
    stamp.payload_type = row.payload_type[arrival.layer.codec]
    stamp.marker = False
    stamp.ssrc = row.ssrc
    out = reserve(state)
    size = commit_rtp(
        state, endpoint, out, write_padding(row, &stamp, arrival.packet.timestamp + source.timestamp_offset, 1, out))
    if size == 0:
        return
    note_sent(state, endpoint, stamp.transport_sequence, size)
    endpoint.transport_sequence += 1
    remember(state, row, out_sequence, arrival, &stamp)
    row.sent[out_sequence & row.sent_mask].valid = SENT_EMPTY


cdef bint read_stored(Layer* layer, int64_t sequence, uint8_t* data, int size, Arrival* arrival) noexcept nogil:
    """A stored packet as it was when it arrived."""
    if not parse_rtp(data, size, &layer.track.endpoint.extensions.by_id, &arrival.packet):
        return False
    arrival.layer = layer
    arrival.sequence = sequence
    arrival.media_sequence = without_padding(layer, sequence)
    describe_arrival(layer, arrival)
    return arrival.media_sequence >= 0

"""One packet of a Row's source becomes one packet to its receiver: numbered, rewritten, protected, remembered.

`sources` keeps how the numbers of the last few sources became the Row's, because a receiver may still ask for packets from
before a change. The receiver's decoder sees one continuous stream: sequence numbers go on by one, the timestamp by the time
that has passed, the picture id by one.
"""
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t
from libc.string cimport memset

from _fastpath.bandwidth cimport note_sent
from _fastpath.counters cimport C_FORWARDED
from _fastpath.egress cimport commit_rtp, reserve
from _fastpath.events cimport E_SWITCHED, emit
from _fastpath.ingress cimport without_padding
from _fastpath.packet cimport parse_rtp
from _fastpath.payload cimport Codec, Descriptor, describe
from _fastpath.rewrite cimport Stamp, abs_send_time, rewrite
from _fastpath.table cimport (
    SOURCES, Arrival, Endpoint, Layer, Row, RowSource, SentPacket, State, draw, microseconds, soonest)


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

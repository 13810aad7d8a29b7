"""NACKs answered: a retransmission is built again from the one stored copy.

With RTX (RFC 4588) it has a stream of its own; without (audio) it is the same packet byte for byte: the same nonce must
never protect two different packets. So a packet that repeated earlier payloads (RED) repeats the same ones, or is refused.
"""
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t

from _fastpath.bandwidth cimport note_repeated, note_sent
from _fastpath.counters cimport C_RETRANSMITTED
from _fastpath.egress cimport commit_rtp, reserve
from _fastpath.history cimport history_find
from _fastpath.holes cimport send_empty_rtx
from _fastpath.red cimport put_red
from _fastpath.rewrite cimport Stamp, rewrite
from _fastpath.selection cimport targets_told
from _fastpath.sending cimport read_stored
from _fastpath.table cimport (
    SENT_MEDIA, SOURCES, Arrival, Endpoint, Row, RowSource, SentPacket, State, count, note_audio_loss)
from _fastpath.wire cimport unwrap16, unwrap32

cdef enum:
    # A NACK that comes sooner after the packet was sent than one round trip was sent before the packet could arrive.
    UNKNOWN_RTT_US = 50000
    MAX_ANSWERS = 6             # retransmissions of one packet to one receiver


cdef bint too_soon(State* state, Row* row, const SentPacket* sent) noexcept nogil:
    """Was it asked for before it could arrive?

    Not where it was sent once and in its turn: only a newer packet, sent after it, can have shown the gap. The round trip
    of the last report does not know a queue that has grown since: while one stands, each repair would be sent many times,
    and make it longer.
    """
    cdef uint32_t passed = state.now_us - sent.sent_us
    cdef uint32_t rtt = <uint32_t>(row.endpoint.rtt_ns // 1000) if row.endpoint.rtt_ns > 0 else UNKNOWN_RTT_US
    if row.endpoint.estimator != NULL and row.endpoint.estimator.queue_ns > 0:
        rtt += <uint32_t>(row.endpoint.estimator.queue_ns // 1000)
    return (sent.late or sent.count > 0) and passed < rtt


cdef bint fill_hole(State* state, Row* row, int64_t number) noexcept nogil:
    """A number that a former source left unused will never be used: an empty RTX packet ends the asking for it."""
    cdef RowSource* source = &row.sources[row.source & (SOURCES - 1)]
    if not row.started or number >= source.first_out or row.last_sequence - number > row.sent_mask:
        return False
    return send_empty_rtx(state, row, number, source.first_timestamp - 1)


cdef bint answer_empty(State* state, Row* row, int64_t number, SentPacket* sent) noexcept nogil:
    """There was no media under the number: padding, or a FEC packet, which comes too late now to be of use."""
    if too_soon(state, row, sent) or not send_empty_rtx(state, row, number, row.last_timestamp):
        return False
    sent.count += 1
    sent.sent_us = state.now_us
    return True


cdef bint is_former(Row* row, uint16_t sequence) noexcept nogil:
    """Does the number belong to a source before the present one?"""
    return unwrap16(row.last_sequence, sequence) < row.sources[row.source & (SOURCES - 1)].first_out


cdef bint repeat(State* state, Row* row, SentPacket* sent, bint rtx) noexcept nogil:
    """Once more what was sent as `sent`: in the RTX stream, or the very same packet."""
    cdef RowSource* source = &row.sources[sent.source & (SOURCES - 1)]
    cdef Endpoint* endpoint = row.endpoint
    cdef Arrival arrival
    cdef Stamp stamp
    cdef uint8_t* data
    cdef uint8_t* out
    cdef int size
    cdef int earlier = 0
    cdef int64_t original
    if source.layer == NULL or <uint8_t>(<uint8_t>row.source - sent.source) >= SOURCES:
        return False
    original = unwrap32(source.layer.highest, <uint32_t>sent.sequence)
    data = history_find(&source.layer.history, original, &size)
    if data == NULL or not read_stored(source.layer, original, data, size, &arrival):
        return False
    if not row.video and arrival.packet.payload_type != source.layer.payload_type:
        return False  # another codec since
    stamp.ssrc = row.ssrc
    stamp.sequence = sent.out_sequence
    stamp.original = -1
    stamp.marker = sent.marker
    stamp.picture_offset = sent.picture_offset
    stamp.targets = targets_told(source, source.layer, &arrival) if arrival.has_dependency else -1
    stamp.payload_type = row.payload_type[source.layer.codec]
    stamp.transport_sequence = sent.transport_sequence
    stamp.send_time = sent.send_time
    if rtx:
        stamp.ssrc = row.rtx_ssrc
        stamp.payload_type = row.rtx_payload_type[source.layer.codec]
        stamp.sequence = row.rtx_sequence
        stamp.original = sent.out_sequence
        stamp.transport_sequence = endpoint.transport_sequence
        stamp.send_time = state.send_time
    out = reserve(state)
    size = rewrite(row, source, &arrival, &stamp, out)
    if size > 0 and sent.earlier:
        size = put_red(row, source, &arrival, out, size, sent.earlier, &earlier)
    if size == 0 or earlier != sent.earlier:
        return False
    size = commit_rtp(state, endpoint, out, size)
    if size == 0:
        return False
    if rtx:
        row.rtx_sequence += 1
        endpoint.transport_sequence += 1
        note_sent(state, endpoint, stamp.transport_sequence, size)
    else:
        note_repeated(endpoint, size)
    return True


cdef inline bint has_rtx(Row* row, int codec) noexcept nogil:
    return row.rtx_ssrc != 0 and row.rtx_payload_type[codec] != 255


cdef bint retransmit(State* state, Row* row, uint16_t sequence) noexcept nogil:
    cdef int64_t number = unwrap16(row.last_sequence, sequence)
    cdef SentPacket* sent = &row.sent[number & row.sent_mask]
    cdef RowSource* source = &row.sources[sent.source & (SOURCES - 1)]
    if not sent.valid or sent.out_sequence != sequence:
        return fill_hole(state, row, number)
    if source.layer == NULL or sent.count >= MAX_ANSWERS:
        return False
    if sent.valid != SENT_MEDIA:
        return answer_empty(state, row, number, sent)
    if too_soon(state, row, sent) or not repeat(state, row, sent, has_rtx(row, source.layer.codec)):
        return False
    if not row.video and sent.count == 0:
        note_audio_loss(row.endpoint)
    sent.sent_us = state.now_us
    sent.count += 1
    row.retransmitted += 1
    count(state, C_RETRANSMITTED)
    return True

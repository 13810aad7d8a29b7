"""NACKs answered: a retransmission is built again from the one stored copy.

With RTX (RFC 4588) it has a stream of its own; without (audio) it is the same packet byte for byte: the same nonce must
never protect two different packets. So a packet that repeated earlier payloads (RED) repeats the same ones, or is refused.
"""
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t

from _fastpath.counters cimport C_RETRANSMITTED
from _fastpath.egress cimport commit_rtp, reserve
from _fastpath.fillers cimport send_empty
from _fastpath.history cimport history_find
from _fastpath.red cimport put_red
from _fastpath.rewrite cimport Stamp, abs_send_time, rewrite
from _fastpath.sending cimport read_stored
from _fastpath.table cimport SOURCES, Arrival, Row, RowSource, SentPacket, State, count, microseconds
from _fastpath.wire cimport unwrap16, unwrap32

cdef enum:
    # A NACK that comes sooner after the packet was sent than one round trip was sent before the packet could arrive.
    UNKNOWN_RTT_US = 50000
    MAX_ANSWERS = 6             # retransmissions of one packet to one receiver


cdef bint too_soon(State* state, Row* row, const SentPacket* sent) noexcept nogil:
    """Was it asked for before it could arrive?

    Not where it was sent once and in its turn: only a newer packet, sent after it, can have shown the gap.
    """
    cdef uint32_t passed = microseconds(state.now_ns) - sent.sent_us
    cdef uint32_t rtt = microseconds(row.endpoint.rtt_ns) if row.endpoint.rtt_ns > 0 else UNKNOWN_RTT_US
    return (sent.late or sent.count > 0) and passed < rtt


cdef bint fill_hole(State* state, Row* row, int64_t number, SentPacket* filler) noexcept nogil:
    """A number without media behind it: an empty RTX packet ends the asking for it.

    A former source left it unused, so that it will never be used; or a FEC packet had it (`filler`): too late to be of use.
    """
    cdef RowSource* source = &row.sources[row.source & (SOURCES - 1)]
    if filler != NULL:
        if filler.count >= MAX_ANSWERS or too_soon(state, row, filler):
            return False
    elif not row.started or number >= source.first_out or row.last_sequence - number > row.sent_mask:
        return False
    if not send_empty(state, row, number, row.last_timestamp if filler != NULL else source.first_timestamp - 1):
        return False
    if filler != NULL:
        filler.count += 1
        filler.sent_us = microseconds(state.now_ns)
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
    cdef int earlier = 0
    cdef int64_t original
    if not sent.valid or sent.out_sequence != sequence:
        return fill_hole(state, row, number, NULL)
    if sent.filler:
        return fill_hole(state, row, number, sent)
    if source.layer == NULL or sent.count >= MAX_ANSWERS:
        return False
    if <uint8_t>(<uint8_t>row.source - sent.source) >= SOURCES or too_soon(state, row, sent):
        return False
    original = unwrap32(source.layer.highest, <uint32_t>sent.sequence)
    data = history_find(&source.layer.history, original, &size)
    if data == NULL or not read_stored(source.layer, original, data, size, &arrival):
        return False
    if not row.video and arrival.packet.payload_type != source.layer.payload_type:
        return False  # another codec since
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
    if size > 0 and sent.earlier:
        size = put_red(row, source, &arrival, out, size, sent.earlier, &earlier)
    if size == 0 or earlier != sent.earlier or not commit_rtp(state, row.endpoint, out, size):
        return False
    if stamp.original >= 0:
        row.rtx_sequence += 1
        row.endpoint.transport_sequence += 1
    sent.sent_us = microseconds(state.now_ns)
    sent.count += 1
    row.retransmitted += 1
    count(state, C_RETRANSMITTED)
    return True

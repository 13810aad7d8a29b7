"""Packets that carry nothing new, for probes: a recent one once more, or padding.

Both go in the RTX stream (RFC 4588), where they cost no sequence number of the media. A recent packet may repair what was
lost; padding, of at most 255 octets, serves where small packets are called for or nothing recent is there.
"""
from libc.stdint cimport int64_t, uint8_t, uint16_t

from _fastpath.bandwidth cimport note_sent
from _fastpath.counters cimport C_PADDING
from _fastpath.egress cimport commit_rtp, reserve
from _fastpath.resend cimport repeat
from _fastpath.rewrite cimport Stamp, write_padding
from _fastpath.table cimport CODECS, SENT_MEDIA, Endpoint, Row, SentPacket, State, count

cdef enum:
    PADDING = 255               # their number stands in the last of them (RFC 3550 section 5.1)
    RECENT = 16                 # packets to choose from, a power of two
    RECENT_US = 1000000


cdef Row* row_with_rtx(Endpoint* endpoint, int* codec) noexcept nogil:
    """The video Row that has sent last; before any has, the first."""
    cdef Row* row = endpoint.rows
    cdef Row* best = NULL
    cdef int i
    while row != NULL:
        if row.video and row.rtx_ssrc and (best == NULL or row.last_sent_ns > best.last_sent_ns):
            for i in range(CODECS):
                if row.rtx_payload_type[i] != 255:
                    codec[0] = i
                    best = row
                    break
        row = row.next_in_endpoint
    return best


cdef bint repeat_recent(State* state, Row* row) noexcept nogil:
    """A packet of the last moments once more: a probe that may repair something."""
    cdef SentPacket* sent
    cdef int64_t number = row.last_sequence - (row.rtx_sequence & (RECENT - 1))
    sent = &row.sent[number & row.sent_mask]
    if not row.started or sent.valid != SENT_MEDIA or sent.out_sequence != <uint16_t>number or sent.count > 0:
        return False
    if state.now_us - sent.sent_us > RECENT_US or sent.source != <uint8_t>row.source:
        return False
    if not repeat(state, row, sent, True):
        return False
    sent.sent_us = state.now_us  # a NACK that crosses it is answered by it
    sent.late = True
    return True


cdef bint fill(State* state, Endpoint* endpoint, int size) noexcept nogil:
    cdef int codec = 0
    cdef Row* row = row_with_rtx(endpoint, &codec)
    cdef Stamp stamp
    cdef uint8_t* out
    if row == NULL:
        return False
    if size > PADDING and repeat_recent(state, row):
        return True
    stamp.ssrc = row.rtx_ssrc
    stamp.payload_type = row.rtx_payload_type[codec]
    stamp.sequence = row.rtx_sequence
    stamp.original = -1
    stamp.marker = False
    stamp.transport_sequence = endpoint.transport_sequence
    stamp.send_time = state.send_time
    out = reserve(state)
    size = commit_rtp(state, endpoint, out, write_padding(row, &stamp, row.last_timestamp, min(size, PADDING), out))
    if size == 0:
        return False
    row.rtx_sequence += 1
    endpoint.transport_sequence += 1
    note_sent(state, endpoint, stamp.transport_sequence, size)
    count(state, C_PADDING)
    return True

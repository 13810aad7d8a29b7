"""The two forms of FEC that browsers take.

FlexFEC has an SSRC of its own and leaves the media as it is. ULPFEC shares the media's SSRC and numbers; both it and the
media it protects travel in RED (RFC 2198), one octet before the payload that names what is inside. The protected packet is
the one without RED. A retransmission goes without RED too, in the media's own RTX; so a Row without RTX, whose
retransmissions must repeat the very octets, does not use ULPFEC.

A ULPFEC packet that is lost leaves a hole in the media's numbers. libwebrtc goes over it only where frames have picture ids,
and Chromium's VP8 has none without temporal layers: the picture would stand still for a round trip, which is what FEC
is to prevent. So an empty RTX packet of the same number follows each ULPFEC packet; either of the two closes the hole.
"""
from libc.stdint cimport int64_t, uint8_t
from libc.string cimport memmove, memset

from _fastpath.counters cimport C_FEC_SENT
from _fastpath.egress cimport commit_rtp, reserve
from _fastpath.fec_encoder cimport fec_add, fec_due, fec_reset
from _fastpath.fillers cimport send_empty, take_number
from _fastpath.flexfec cimport write_flexfec
from _fastpath.packet cimport Packet, parse_rtp
from _fastpath.parity cimport Parity
from _fastpath.rewrite cimport Stamp, abs_send_time, put_extensions
from _fastpath.table cimport MAX_PACKET, SOURCES, Row, RowSource, SentPacket, State, count, microseconds
from _fastpath.ulpfec cimport write_ulpfec
from _fastpath.wire cimport put16, put32

cdef enum:
    LONGEST_HEADERS = 160       # RTP header with extensions, RED and FEC header of a FEC packet
    NEVER_A_SOURCE = -1


cdef inline bint is_protected(Row* row) noexcept nogil:
    cdef RowSource* source = &row.sources[row.source & (SOURCES - 1)]
    if row.endpoint.fec_dose == 0 or row.fec == NULL:  # in this order: see `Engine.set_protection`
        return False
    return row.flexfec_ssrc != 0 or (row.rtx_ssrc != 0 and row.rtx_payload_type[source.layer.codec] != 255)


cdef int protect(State* state, Row* row, int64_t number, uint8_t* out, int size) noexcept nogil:
    cdef Packet packet
    if size == 0 or not is_protected(row) or not parse_rtp(out, size, &row.endpoint.extensions.by_id, &packet):
        return size
    if row.flexfec_ssrc:
        fec_add(row.fec, number, &packet, row.endpoint.fec_dose, state.now_ns)
        return size
    if size == MAX_PACKET:
        return size  # RED does not fit: it goes plain and unprotected
    fec_add(row.fec, number, &packet, row.endpoint.fec_dose, state.now_ns)
    memmove(out + packet.header_size + 1, out + packet.header_size, size - packet.header_size)
    out[packet.header_size] = packet.payload_type
    out[1] = <uint8_t>((packet.marker << 7) | row.red_payload_type)
    return size + 1


cdef void remember_filler(State* state, Row* row, int64_t number, const Stamp* stamp) noexcept nogil:
    cdef SentPacket* sent = &row.sent[number & row.sent_mask]
    sent.sequence = NEVER_A_SOURCE
    sent.out_sequence = stamp.sequence
    sent.sent_us = microseconds(state.now_ns)
    sent.source = <uint8_t>row.source
    sent.count = 0
    sent.late = False
    sent.filler = True
    sent.valid = True


cdef bint send_one_parity(State* state, Row* row, const Parity* parity) noexcept nogil:
    """One FEC packet with the header extensions that media has."""
    cdef Packet nothing
    cdef Stamp stamp
    cdef uint8_t* out
    cdef uint8_t* at
    cdef int size
    cdef int64_t number = 0
    if parity.longest + LONGEST_HEADERS > MAX_PACKET:
        return False
    memset(&nothing, 0, sizeof(Packet))
    stamp.transport_sequence = row.endpoint.transport_sequence
    stamp.send_time = abs_send_time(state.now_ns)
    out = reserve(state)
    at = put_extensions(row, &nothing, &stamp, out + 12)
    out[0] = 0x80 if at == out + 12 else 0x90
    put32(out + 4, row.last_timestamp)
    if row.flexfec_ssrc:
        stamp.sequence = row.flexfec_sequence
        out[1] = row.flexfec_payload_type
        put32(out + 8, row.flexfec_ssrc)
        at += write_flexfec(parity, row.ssrc, <unsigned short>row.fec.base, at)
        row.flexfec_sequence += 1
    else:
        number = take_number(row)
        stamp.sequence = <unsigned short>number
        out[1] = row.red_payload_type
        put32(out + 8, row.ssrc)
        at[0] = row.ulpfec_payload_type
        at += 1 + write_ulpfec(parity, <unsigned short>row.fec.base, at + 1)
        remember_filler(state, row, number, &stamp)
    put16(out + 2, stamp.sequence)
    size = <int>(at - out)
    if not commit_rtp(state, row.endpoint, out, size):
        return False
    row.endpoint.transport_sequence += 1
    row.fec_packets += 1
    count(state, C_FEC_SENT)
    return True


cdef void send_parity(State* state, Row* row, int64_t number) noexcept nogil:
    cdef int n
    cdef int i
    cdef int64_t filler
    if not is_protected(row) or row.fec.newest != number:
        return
    n = fec_due(row.fec, row.endpoint.fec_dose, state.now_ns)
    if n == 0:
        return
    for i in range(n):
        send_one_parity(state, row, &row.fec.banks[i])
    if not row.flexfec_ssrc:
        for filler in range(number + 1, row.last_sequence + 1):
            send_empty(state, row, filler, row.last_timestamp)
    fec_reset(row.fec)

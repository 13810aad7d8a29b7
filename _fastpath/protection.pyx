"""The two forms of FEC that browsers take.

FlexFEC has an SSRC of its own and leaves the media as it is. ULPFEC shares the media's SSRC and numbers; both it and the
media it protects travel in RED (RFC 2198), one octet before the payload that names what is inside. The protected packet is
the one without RED. A retransmission goes without RED too, in the media's own RTX; so a Row without RTX, whose
retransmissions must repeat the very octets, does not use ULPFEC.

A ULPFEC packet that is lost leaves a hole in the media's numbers. libwebrtc goes over it only where frames have picture
ids or dependency descriptors, and who is sent neither would see the picture stand still for a round trip, which is what FEC
is to prevent. So an empty RTX packet of the same number follows each ULPFEC packet; either of the two closes the hole.
"""
from libc.stdint cimport int64_t, uint8_t
from libc.string cimport memmove

from _fastpath.bandwidth cimport note_sent
from _fastpath.counters cimport C_FEC_SENT
from _fastpath.egress cimport commit_rtp, reserve
from _fastpath.fec_encoder cimport fec_add, fec_due, fec_reset
from _fastpath.flexfec cimport write_flexfec
from _fastpath.holes cimport send_empty_rtx
from _fastpath.numbering cimport take_number
from _fastpath.packet cimport Packet, parse_rtp
from _fastpath.parity cimport Parity
from _fastpath.rewrite cimport Stamp, write_bare_header
from _fastpath.table cimport MAX_PACKET, SENT_PARITY, Row, SentPacket, State, count
from _fastpath.ulpfec cimport write_ulpfec

cdef enum:
    LONGEST_HEADERS = 160       # RTP header with extensions, RED and FEC header of a FEC packet
    NEVER_A_SOURCE = -1


cdef int protect(State* state, Row* row, int64_t number, uint8_t* out, int size) noexcept nogil:
    cdef Packet packet
    if size == 0 or not parse_rtp(out, size, &row.endpoint.extensions.by_id, &packet):
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


cdef void remember_parity(State* state, Row* row, int64_t number, const Stamp* stamp) noexcept nogil:
    cdef SentPacket* sent = &row.sent[number & row.sent_mask]
    sent.sequence = NEVER_A_SOURCE
    sent.out_sequence = stamp.sequence
    sent.sent_us = state.now_us
    sent.source = <uint8_t>row.source
    sent.count = 0
    sent.late = False
    sent.valid = SENT_PARITY


cdef bint send_one_parity(State* state, Row* row, const Parity* parity) noexcept nogil:
    """One FEC packet with the header extensions that media has."""
    cdef Stamp stamp
    cdef uint8_t* out
    cdef uint8_t* at
    cdef int size
    cdef int64_t number = 0
    if parity.longest + LONGEST_HEADERS > MAX_PACKET:
        return False
    stamp.transport_sequence = row.endpoint.transport_sequence
    stamp.send_time = state.send_time
    stamp.marker = False
    out = reserve(state)
    if row.flexfec_ssrc:
        stamp.sequence = row.flexfec_sequence
        stamp.payload_type = row.flexfec_payload_type
        stamp.ssrc = row.flexfec_ssrc
        at = out + write_bare_header(row, &stamp, row.last_timestamp, out)
        at += write_flexfec(parity, row.ssrc, <unsigned short>row.fec.base, at)
        row.flexfec_sequence += 1
    else:
        number = take_number(row)
        if number < 0:
            return False
        stamp.sequence = <unsigned short>number
        stamp.payload_type = row.red_payload_type
        stamp.ssrc = row.ssrc
        at = out + write_bare_header(row, &stamp, row.last_timestamp, out)
        at[0] = row.ulpfec_payload_type
        at += 1 + write_ulpfec(parity, <unsigned short>row.fec.base, at + 1)
        remember_parity(state, row, number, &stamp)
    size = commit_rtp(state, row.endpoint, out, <int>(at - out))
    if size == 0:
        return False
    note_sent(state, row.endpoint, stamp.transport_sequence, size)
    row.endpoint.transport_sequence += 1
    row.fec_packets += 1
    count(state, C_FEC_SENT)
    return True


cdef void send_parity(State* state, Row* row, int64_t number) noexcept nogil:
    cdef int n
    cdef int i
    cdef int64_t number_taken
    cdef int64_t first = row.last_sequence + 1
    if row.fec.newest != number:
        return
    n = fec_due(row.fec, row.endpoint.fec_dose, state.now_ns)
    if n == 0:
        return
    for i in range(n):
        send_one_parity(state, row, &row.fec.banks[i])
    if not row.flexfec_ssrc:
        for number_taken in range(first, row.last_sequence + 1):
            send_empty_rtx(state, row, number_taken, row.last_timestamp)
    fec_reset(row.fec)

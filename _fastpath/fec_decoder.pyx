"""A FEC packet of a publisher brings back a packet if it is the only one missing of those it protects.

It is looked at once, when it comes: it leaves right behind what it protects, so that what is missing then was lost. A
second one missing is left to the retransmission. Packets that came as retransmissions are of no use here: they
have other header extensions than what was summed.
"""
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint64_t
from libc.string cimport memmove

from _fastpath.history cimport history_find, history_is_repeated
from _fastpath.ingress cimport is_seen
from _fastpath.packet cimport Packet, parse_rtp
from _fastpath.parity cimport Parity, parity_add, parity_restore
from _fastpath.table cimport SEEN, Layer
from _fastpath.ulpfec cimport ULPFEC_SPAN, read_ulpfec
from _fastpath.wire cimport unwrap16

cdef enum:
    MORE_BLOCKS = 0x80          # RFC 2198 section 3; with FEC there is always one block


cdef bint undo_red(Packet* packet) noexcept nogil:
    cdef uint8_t block
    if packet.payload_size < 1:
        return False
    block = packet.data[packet.header_size]
    if block & MORE_BLOCKS:
        return False
    memmove(packet.data + 1, packet.data, packet.header_size)
    packet.data += 1
    packet.size -= 1
    packet.payload_size -= 1
    packet.payload_type = block
    packet.data[1] = <uint8_t>((packet.marker << 7) | block)
    return True


cdef int recover(Layer* layer, const uint8_t* payload, int size, uint8_t* out) noexcept nogil:
    cdef Parity parity
    cdef Packet packet
    cdef uint16_t base
    cdef int64_t first
    cdef int64_t missing = -1
    cdef uint64_t mask
    cdef uint8_t* data
    cdef int length
    cdef int i
    if not layer.started or not read_ulpfec(payload, size, &parity, &base):
        return 0
    first = unwrap16(layer.highest, base)
    mask = parity.mask
    for i in range(ULPFEC_SPAN):
        if not (mask >> i) & 1:
            continue
        if first + i < layer.base or layer.highest - (first + i) >= SEEN:
            return 0
        if first + i > layer.highest or not is_seen(layer, first + i):
            if missing >= 0:
                return 0
            missing = first + i
    if missing < 0:
        return 0
    for i in range(ULPFEC_SPAN):
        if not (mask >> i) & 1 or first + i == missing:
            continue
        data = history_find(&layer.history, first + i, &length)
        if data == NULL or history_is_repeated(&layer.history, first + i):
            return 0
        if not parse_rtp(data, length, &layer.track.endpoint.extensions.by_id, &packet):
            return 0
        if not parity_add(&parity, i, &packet):
            return 0
    return parity_restore(&parity, <uint16_t>missing, layer.ssrc, out)

"""RED for Opus, made anew for each receiver and taken off at ingress (RFC 2198).

     0                   1                   2                   3
    |1|  block PT   |     timestamp offset      |   block length    |   for each earlier payload, the oldest first
    |0|  block PT   |                                                   for the primary one; then the payloads

A packet repeats the payloads that came directly before it: the numbers must follow one another, or a receiver would play
what it never missed; a pause (DTX) ends the search, because nobody waits that long for what lies behind it. Which payloads
those are depends only on the stored copies and on how many were put in: so a retransmission is the same octets, or none.

Publishers' RED ends at ingress. Its redundant blocks are taken as packets where their numbers are missing, before anybody
is asked for them; what is behind ingress is plain Opus, and each receiver gets as much redundancy as its own network needs.
"""
from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t
from libc.string cimport memcpy, memmove

from _fastpath.history cimport history_find
from _fastpath.ingress cimport is_seen
from _fastpath.packet cimport Packet, parse_rtp
from _fastpath.payload cimport CODEC_OPUS
from _fastpath.table cimport SEEN, Arrival, Layer, Row, RowSource
from _fastpath.wire cimport get24, get32, put16, put32, unwrap16

cdef enum:
    MORE = 0x80
    BLOCK_HEADER = 4
    MAX_OFFSET = 1 << 14        # RTP clock units, exclusive: 14 bits
    MAX_LENGTH = 1 << 10        # octets, exclusive: 10 bits
    LONGEST_FRAME = 5760        # RTP clock units: 120 ms, the longest that one Opus packet covers (RFC 7587)
    SILENCE = 2                 # octets: a shorter Opus packet is a DTX frame (RFC 6716 section 2.1.9)
    MAX_RED_PACKET = 1200       # redundancy makes no packet longer than every path carries


cdef int read_red(const uint8_t* payload, int size, RedBlock* out) noexcept nogil:
    cdef int at = 0
    cdef int n = 0
    cdef int i
    cdef uint32_t word
    while at < size and payload[at] & MORE:
        if n == MAX_RED_BLOCKS - 1 or size - at < BLOCK_HEADER:
            return 0
        word = get24(payload + at + 1)
        out[n].payload_type = payload[at] & 0x7F
        out[n].earlier = word >> 10
        out[n].size = word & (MAX_LENGTH - 1)
        n += 1
        at += BLOCK_HEADER
    if at >= size:
        return 0
    out[n].payload_type = payload[at]
    out[n].earlier = 0
    at += 1
    for i in range(n):
        out[i].start = at
        at += out[i].size
    if at > size:
        return 0
    out[n].start = at
    out[n].size = size - at
    return n + 1


# --- to receivers -------------------------------------------------------------------------------------------------


cdef bint find_earlier(const RowSource* source, const Arrival* arrival, int distance, Packet* out) noexcept nogil:
    cdef int64_t sequence = arrival.sequence - distance
    cdef int size
    cdef uint8_t* data
    cdef uint32_t passed
    if sequence < source.first:
        return False
    data = history_find(&arrival.layer.history, sequence, &size)
    if data == NULL or not parse_rtp(data, size, NULL, out):
        return False
    passed = arrival.packet.timestamp - out.timestamp
    if passed == 0 or passed > <uint32_t>(distance * LONGEST_FRAME) or passed >= MAX_OFFSET:
        return False
    return (out.payload_type == arrival.packet.payload_type and out.ssrc == arrival.packet.ssrc
            and SILENCE < out.payload_size < MAX_LENGTH)


cdef int put_red(
    const Row* row, const RowSource* source, const Arrival* arrival, uint8_t* out, int size, int want,
    int* used) noexcept nogil:
    cdef Packet[MAX_EARLIER] earlier
    cdef int payload_size = arrival.packet.payload_size
    cdef int front = 1
    cdef int n = 0
    cdef uint8_t* at = out + size - payload_size
    cdef uint8_t payload_type = row.payload_type[<int>CODEC_OPUS]
    used[0] = 0
    while n < want and n < MAX_EARLIER and find_earlier(source, arrival, n + 1, &earlier[n]):
        if size + front + BLOCK_HEADER + earlier[n].payload_size > MAX_RED_PACKET:
            break
        front += BLOCK_HEADER + earlier[n].payload_size
        n += 1
    if n == 0:
        return size
    used[0] = n
    memmove(at + front, at, payload_size)
    out[1] = <uint8_t>((out[1] & 0x80) | row.red_payload_type)
    while n > 0:
        n -= 1
        put32(at, (<uint32_t>(MORE | payload_type) << 24)
              | ((arrival.packet.timestamp - earlier[n].timestamp) << 10) | <uint32_t>earlier[n].payload_size)
        at += BLOCK_HEADER
    at[0] = payload_type
    at += 1
    n = used[0]
    while n > 0:
        n -= 1
        memcpy(at, earlier[n].data + earlier[n].header_size, earlier[n].payload_size)
        at += earlier[n].payload_size
    return size + front


# --- from publishers ----------------------------------------------------------------------------------------------


cdef long long missing_of(Layer* layer, const Packet* packet, const RedBlock* block, int distance) noexcept nogil:
    """Blocks name no number: the one `distance` before the primary is that far back, if its timestamp fits in there."""
    cdef int64_t sequence = unwrap16(layer.highest, packet.sequence) - distance
    cdef uint8_t* before
    cdef int size
    if not layer.started or sequence < layer.base or layer.highest - sequence >= SEEN:
        return -1
    if block.size == 0 or block.earlier == 0 or block.payload_type != layer.payload_type:
        return -1
    if sequence <= layer.highest and is_seen(layer, sequence):
        return -1
    before = history_find(&layer.history, sequence - 1, &size)
    if before != NULL and <int32_t>(packet.timestamp - block.earlier - get32(before + 4)) <= 0:
        return -1
    return sequence


cdef int unwrap_block(
    const Layer* layer, const Packet* packet, const RedBlock* block, long long sequence, uint8_t* out) noexcept nogil:
    out[0] = 0x80
    out[1] = block.payload_type
    put16(out + 2, <uint32_t>(sequence & 0xFFFF))
    put32(out + 4, packet.timestamp - block.earlier)
    put32(out + 8, layer.ssrc)
    memcpy(out + 12, packet.data + packet.header_size + block.start, block.size)
    return 12 + block.size


cdef void unwrap_primary(Packet* packet, const RedBlock* block) noexcept nogil:
    memmove(packet.data + block.start, packet.data, packet.header_size)
    packet.data += block.start
    packet.size -= block.start
    packet.payload_size -= block.start
    packet.payload_type = block.payload_type
    packet.data[1] = <uint8_t>((packet.marker << 7) | block.payload_type)


# For tests.

def parse(data):
    cdef Py_buffer view
    cdef RedBlock[MAX_RED_BLOCKS] blocks
    cdef const uint8_t* start
    cdef int n
    PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
    try:
        start = <const uint8_t*>view.buf
        n = read_red(start, <int>view.len, blocks)
        return [
            (blocks[i].payload_type, blocks[i].earlier, (start + blocks[i].start)[:blocks[i].size]) for i in range(n)
        ] or None
    finally:
        PyBuffer_Release(&view)

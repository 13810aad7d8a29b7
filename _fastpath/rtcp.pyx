"""RTCP compound packets: a bounded cursor to read, plain writers (RFC 3550 section 6, RFC 4585, RFC 5104).

A count in a header is a claim: readers deliver what really fits into the body. A part's length and padding
are checked by `rtcp_next` once; the readers below rely on `body_size` alone.
"""
from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from libc.stdint cimport int32_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from _fastpath.wire cimport get16, get24, get32, get64, put16, put24, put32, put64

cdef enum:
    HEADER = 4
    FEEDBACK_HEADER = 12        # header, sender, media (RFC 4585 6.1)
    SENDER_INFO = 24            # SSRC and sender info (RFC 3550 6.4.1), after the header
    REPORT_BLOCK = 24
    FIR_ENTRY = 8
    REMB_NAME = 0x52454D42      # "REMB", draft-alvestrand-rmcat-remb-03
    MAX_REPORT_BLOCKS = 31      # five-bit count
    SDES_CNAME = 1

# ---------------------------------------------------------------- reading


cdef bint is_rtcp(const uint8_t* data, int size) noexcept nogil:
    """Packet types 192-223 are RTCP on a shared port (RFC 5761 section 4)."""
    return size >= HEADER and data[0] >> 6 == 2 and 192 <= data[1] <= 223


cdef int rtcp_next(const uint8_t* data, int size, int* cursor, RtcpPart* part) noexcept nogil:
    cdef int left = size - cursor[0]
    cdef int length, padding = 0
    if left == 0:
        return 0
    data += cursor[0]
    if left < HEADER or data[0] >> 6 != 2:
        return -1
    length = HEADER + 4 * get16(data + 2)
    if length > left:
        return -1
    if data[0] & 0x20:
        padding = data[length - 1]
        if length == HEADER or padding == 0 or padding > length - HEADER:
            return -1
    part.kind = data[1]
    part.count = data[0] & 0x1F
    part.data = data
    part.size = length
    part.body_size = length - HEADER - padding
    cursor[0] += length
    return 1


cdef bint read_sender_info(const RtcpPart* part, SenderInfo* out) noexcept nogil:
    if part.kind != RTCP_SR or part.body_size < SENDER_INFO:
        return False
    out.ssrc = get32(part.data + 4)
    out.ntp = get64(part.data + 8)
    out.rtp_timestamp = get32(part.data + 16)
    out.packets = get32(part.data + 20)
    out.octets = get32(part.data + 24)
    return True


cdef inline int blocks_begin(const RtcpPart* part) noexcept nogil:
    """Bytes of the body before the first report block."""
    return SENDER_INFO if part.kind == RTCP_SR else 4


cdef int report_block_count(const RtcpPart* part) noexcept nogil:
    cdef int room
    if part.kind != RTCP_SR and part.kind != RTCP_RR:
        return 0
    room = part.body_size - blocks_begin(part)
    return min(part.count, room // REPORT_BLOCK) if room > 0 else 0


cdef void read_report_block(const RtcpPart* part, int index, ReportBlock* out) noexcept nogil:
    """`index` below `report_block_count`."""
    cdef const uint8_t* p = part.data + HEADER + blocks_begin(part) + index * REPORT_BLOCK
    out.ssrc = get32(p)
    out.fraction_lost = p[4]
    out.cumulative_lost = <int32_t>(get24(p + 5) << 8) >> 8     # 24 bits, signed
    out.highest_sequence = get32(p + 8)
    out.jitter = get32(p + 12)
    out.last_sr = get32(p + 16)
    out.delay_since_last_sr = get32(p + 20)


cdef bint read_feedback(const RtcpPart* part, uint32_t* sender, uint32_t* media) noexcept nogil:
    if part.body_size < FEEDBACK_HEADER - HEADER or (part.kind != RTCP_RTPFB and part.kind != RTCP_PSFB):
        return False
    sender[0] = get32(part.data + 4)
    media[0] = get32(part.data + 8)
    return True


cdef int read_nack(const RtcpPart* part, uint16_t* sequences, int capacity) noexcept nogil:
    cdef int position = FEEDBACK_HEADER
    cdef int end = HEADER + part.body_size
    cdef int written = 0
    cdef int bit
    cdef uint16_t first, following
    if part.kind != RTCP_RTPFB or part.count != RTPFB_NACK:
        return 0
    while position + 4 <= end and written < capacity:
        first = get16(part.data + position)
        following = get16(part.data + position + 2)
        sequences[written] = first
        written += 1
        for bit in range(16):
            if (following >> bit) & 1 and written < capacity:
                sequences[written] = <uint16_t>(first + bit + 1)
                written += 1
        position += 4
    return written


cdef int read_fir(const RtcpPart* part, uint32_t* ssrcs, int capacity) noexcept nogil:
    cdef int position = FEEDBACK_HEADER
    cdef int end = HEADER + part.body_size
    cdef int written = 0
    if part.kind != RTCP_PSFB or part.count != PSFB_FIR:
        return 0
    while position + FIR_ENTRY <= end and written < capacity:
        ssrcs[written] = get32(part.data + position)
        written += 1
        position += FIR_ENTRY
    return written


cdef uint64_t read_remb(const RtcpPart* part) noexcept nogil:
    cdef uint64_t mantissa
    cdef int exponent
    if part.kind != RTCP_PSFB or part.count != PSFB_AFB or part.body_size < 16:
        return 0
    if get32(part.data + 12) != REMB_NAME:
        return 0
    exponent = part.data[17] >> 2
    mantissa = get24(part.data + 17) & 0x3FFFF
    if exponent > 46:   # 18 bits of mantissa would leave the 64: as much as there is
        return <uint64_t>-1 if mantissa else 0
    return mantissa << exponent


cdef int read_bye(const RtcpPart* part, uint32_t* ssrcs, int capacity) noexcept nogil:
    cdef int index
    cdef int count = min(<int>part.count, part.body_size // 4)
    if part.kind != RTCP_BYE:
        return 0
    count = min(count, capacity)
    for index in range(count):
        ssrcs[index] = get32(part.data + HEADER + 4 * index)
    return count

# ---------------------------------------------------------------- writing


cdef inline int put_header(uint8_t* out, int count, int kind, int size) noexcept nogil:
    out[0] = <uint8_t>(0x80 | count)
    out[1] = <uint8_t>kind
    put16(out + 2, size // 4 - 1)
    return size


cdef inline int put_feedback(
    uint8_t* out, int message, int kind, int size, uint32_t sender, uint32_t media
) noexcept nogil:
    put32(out + 4, sender)
    put32(out + 8, media)
    return put_header(out, message, kind, size)


cdef int write_sender_report(uint8_t* out, int capacity, const SenderInfo* info) noexcept nogil:
    if capacity < HEADER + SENDER_INFO:
        return 0
    put32(out + 4, info.ssrc)
    put64(out + 8, info.ntp)
    put32(out + 16, info.rtp_timestamp)
    put32(out + 20, info.packets)
    put32(out + 24, info.octets)
    return put_header(out, 0, RTCP_SR, HEADER + SENDER_INFO)


cdef int write_receiver_report(
    uint8_t* out, int capacity, uint32_t sender, const ReportBlock* blocks, int count
) noexcept nogil:
    cdef int size = HEADER + 4 + count * REPORT_BLOCK
    cdef uint8_t* p = out + HEADER + 4
    cdef int index
    if count < 0 or count > MAX_REPORT_BLOCKS or capacity < size:
        return 0
    put32(out + 4, sender)
    for index in range(count):
        put32(p, blocks[index].ssrc)
        p[4] = blocks[index].fraction_lost
        put24(p + 5, <uint32_t>blocks[index].cumulative_lost)
        put32(p + 8, blocks[index].highest_sequence)
        put32(p + 12, blocks[index].jitter)
        put32(p + 16, blocks[index].last_sr)
        put32(p + 20, blocks[index].delay_since_last_sr)
        p += REPORT_BLOCK
    return put_header(out, count, RTCP_RR, size)


cdef int write_sdes_cname(
    uint8_t* out, int capacity, uint32_t ssrc, const uint8_t* cname, int cname_size
) noexcept nogil:
    """One chunk: SSRC, the item, then one to four zero bytes up to a word (RFC 3550 6.5)."""
    cdef int used = HEADER + 4 + 2 + cname_size
    cdef int size = (used + 4) & ~3
    if cname_size < 0 or cname_size > 255 or capacity < size:
        return 0
    put32(out + 4, ssrc)
    out[8] = SDES_CNAME
    out[9] = <uint8_t>cname_size
    memcpy(out + 10, cname, cname_size)
    memset(out + used, 0, size - used)
    return put_header(out, 1, RTCP_SDES, size)


cdef int write_nack(
    uint8_t* out, int capacity, uint32_t sender, uint32_t media, const uint16_t* sequences, int count
) noexcept nogil:
    """PID and the sixteen after it in one word (RFC 4585 6.2.1)."""
    cdef int size = FEEDBACK_HEADER
    cdef int index = 0
    cdef uint16_t first, following, distance
    while index < count:
        if size + 4 > capacity:
            return 0
        first = sequences[index]
        following = 0
        index += 1
        while index < count:
            distance = <uint16_t>(sequences[index] - first)
            if distance > 16:
                break
            if distance > 0:
                following |= <uint16_t>(1 << (distance - 1))
            index += 1
        put16(out + size, first)
        put16(out + size + 2, following)
        size += 4
    if size == FEEDBACK_HEADER:
        return 0
    return put_feedback(out, RTPFB_NACK, RTCP_RTPFB, size, sender, media)


cdef int write_pli(uint8_t* out, int capacity, uint32_t sender, uint32_t media) noexcept nogil:
    if capacity < FEEDBACK_HEADER:
        return 0
    return put_feedback(out, PSFB_PLI, RTCP_PSFB, FEEDBACK_HEADER, sender, media)


cdef int write_fir(
    uint8_t* out, int capacity, uint32_t sender, uint32_t media, uint8_t number
) noexcept nogil:
    """The source is named in the entry; the header's media field stays 0 (RFC 5104 4.3.1.2)."""
    if capacity < FEEDBACK_HEADER + FIR_ENTRY:
        return 0
    put32(out + 12, media)
    put32(out + 16, <uint32_t>number << 24)
    return put_feedback(out, PSFB_FIR, RTCP_PSFB, FEEDBACK_HEADER + FIR_ENTRY, sender, 0)


cdef int write_bye(uint8_t* out, int capacity, uint32_t ssrc) noexcept nogil:
    if capacity < HEADER + 4:
        return 0
    put32(out + 4, ssrc)
    return put_header(out, 1, RTCP_BYE, HEADER + 4)


# For tests.

cdef enum:
    LIST = 64       # how many sequence numbers or SSRCs the test face asks for
    SCRATCH = 1500


cdef object describe_part(const RtcpPart* part):
    cdef SenderInfo info
    cdef ReportBlock block
    cdef uint16_t sequences[LIST]
    cdef uint32_t ssrcs[LIST]
    cdef uint32_t sender = 0, media = 0
    cdef int index
    result = {"kind": part.kind, "count": part.count, "size": part.size, "body_size": part.body_size}
    if read_sender_info(part, &info):
        result["sender_info"] = (info.ssrc, info.ntp, info.rtp_timestamp, info.packets, info.octets)
    blocks = []
    for index in range(report_block_count(part)):
        read_report_block(part, index, &block)
        blocks.append((
            block.ssrc, block.fraction_lost, block.cumulative_lost, block.highest_sequence,
            block.jitter, block.last_sr, block.delay_since_last_sr,
        ))
    result["blocks"] = blocks
    if read_feedback(part, &sender, &media):
        result["feedback"] = (sender, media)
    result["nack"] = [sequences[index] for index in range(read_nack(part, sequences, LIST))]
    result["fir"] = [ssrcs[index] for index in range(read_fir(part, ssrcs, LIST))]
    result["remb"] = read_remb(part)
    result["bye"] = [ssrcs[index] for index in range(read_bye(part, ssrcs, LIST))]
    return result


def parse(data):
    cdef Py_buffer view
    cdef RtcpPart part
    cdef int cursor = 0, state
    PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
    try:
        parts = []
        while (state := rtcp_next(<const uint8_t*>view.buf, <int>view.len, &cursor, &part)) == 1:
            parts.append(describe_part(&part))
        return parts, state == 0
    finally:
        PyBuffer_Release(&view)


def looks_like_rtcp(bytes data):
    return bool(is_rtcp(data, <int>len(data)))


def sender_report(
    int capacity, uint32_t ssrc, uint64_t ntp, uint32_t rtp_timestamp, uint32_t packets, uint32_t octets
):
    cdef uint8_t out[SCRATCH]
    cdef SenderInfo info
    info.ssrc, info.ntp, info.rtp_timestamp = ssrc, ntp, rtp_timestamp
    info.packets, info.octets = packets, octets
    return bytes(out[:write_sender_report(out, min(capacity, SCRATCH), &info)])


def receiver_report(int capacity, uint32_t sender, blocks):
    cdef uint8_t out[SCRATCH]
    cdef ReportBlock raw[64]
    cdef int index
    for index in range(len(blocks)):
        (raw[index].ssrc, raw[index].fraction_lost, raw[index].cumulative_lost, raw[index].highest_sequence,
         raw[index].jitter, raw[index].last_sr, raw[index].delay_since_last_sr) = blocks[index]
    return bytes(out[:write_receiver_report(out, min(capacity, SCRATCH), sender, raw, <int>len(blocks))])


def sdes_cname(int capacity, uint32_t ssrc, bytes cname):
    cdef uint8_t out[SCRATCH]
    return bytes(out[:write_sdes_cname(out, min(capacity, SCRATCH), ssrc, cname, <int>len(cname))])


def nack(int capacity, uint32_t sender, uint32_t media, sequences):
    cdef uint8_t out[SCRATCH]
    cdef uint16_t raw[1024]
    cdef int index
    for index in range(len(sequences)):
        raw[index] = sequences[index]
    return bytes(out[:write_nack(out, min(capacity, SCRATCH), sender, media, raw, <int>len(sequences))])


def pli(int capacity, uint32_t sender, uint32_t media):
    cdef uint8_t out[SCRATCH]
    return bytes(out[:write_pli(out, min(capacity, SCRATCH), sender, media)])


def fir(int capacity, uint32_t sender, uint32_t media, uint8_t number):
    cdef uint8_t out[SCRATCH]
    return bytes(out[:write_fir(out, min(capacity, SCRATCH), sender, media, number)])


def bye(int capacity, uint32_t ssrc):
    cdef uint8_t out[SCRATCH]
    return bytes(out[:write_bye(out, min(capacity, SCRATCH), ssrc)])

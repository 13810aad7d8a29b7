"""What a peer says about what it sent and what it got. Nothing here allocates, and every list is bounded."""
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from _fastpath.bandwidth cimport note_feedback, note_remb, note_report
from _fastpath.counters cimport C_DROP_RTCP_MALFORMED, C_NACK_RECEIVED
from _fastpath.events cimport E_BYE, emit
from _fastpath.ingress cimport layer_of_ssrc
from _fastpath.outgoing cimport row_of_ssrc
from _fastpath.pacer cimport pace_resend
from _fastpath.requests cimport want_keyframe
from _fastpath.rtcp cimport (
    PSFB_AFB, PSFB_FIR, PSFB_PLI, RTCP_BYE, RTCP_PSFB, RTCP_RR, RTCP_RTPFB, RTCP_SR, RTPFB_NACK, RTPFB_TRANSPORT,
    ReportBlock, RtcpPart,
    SenderInfo, read_bye, read_feedback, read_fir, read_nack, read_remb, read_report_block, read_sender_info,
    report_block_count, rtcp_next)
from _fastpath.table cimport NO_LAYER, RTCP_SSRCS, Endpoint, Layer, Row, State, count
from _fastpath.wire cimport get32

cdef enum:
    NACKED = 256                # numbers taken from one NACK: a second of 2.5 Mbit/s
    NAMED = 32                  # SSRCs taken from one FIR or BYE

cdef int64_t MAX_RTT_NS = 10 * 1000000000LL  # longer is a report about somebody else's clock


cdef uint64_t ntp_of(State* state, long long engine_ns) noexcept nogil:
    """NTP format (RFC 5905): 32 bits of seconds since 1900, 32 bits of fraction."""
    cdef uint64_t ns = <uint64_t>(engine_ns + state.ntp_offset_ns)
    cdef uint64_t seconds = ns // 1000000000
    return (seconds << 32) | (((ns - seconds * 1000000000) << 32) // 1000000000)


cdef inline int64_t ns_of(uint64_t ntp) noexcept nogil:
    return <int64_t>(ntp >> 32) * 1000000000 + <int64_t>(((ntp & 0xFFFFFFFFULL) * 1000000000) >> 32)


cdef bint admit_sender(Endpoint* endpoint, const uint8_t* data, int size) noexcept nogil:
    cdef uint32_t ssrc
    cdef int i
    if size < 8:
        return False
    ssrc = get32(data + 4)
    for i in range(endpoint.rtcp_ssrc_count):
        if endpoint.rtcp_ssrcs[i] == ssrc:
            return True
    if endpoint.rtcp_ssrc_count == RTCP_SSRCS:
        return False
    endpoint.rtcp_ssrcs[endpoint.rtcp_ssrc_count] = ssrc
    endpoint.rtcp_ssrc_count += 1
    return True


cdef void handle_sender_report(State* state, Endpoint* endpoint, const RtcpPart* part) noexcept nogil:
    """Where the publisher's RTP clock stands, and how its NTP clock differs from ours.

    The smallest difference seen is the one with the least queueing in it; it may grow slowly, as clocks drift.
    """
    cdef SenderInfo info
    cdef bint rtx = False
    cdef Layer* layer
    cdef int64_t offset
    if not read_sender_info(part, &info):
        return
    layer = layer_of_ssrc(endpoint, info.ssrc, &rtx)
    if layer == NULL or rtx:
        return
    layer.sr_ntp = info.ntp
    layer.sr_timestamp = info.rtp_timestamp
    layer.sr_arrival_ns = state.now_ns
    offset = state.now_ns - ns_of(info.ntp)
    if not endpoint.clock_known or offset < endpoint.clock_offset_ns:
        endpoint.clock_offset_ns = offset
        endpoint.clock_known = True
    else:
        endpoint.clock_offset_ns += (offset - endpoint.clock_offset_ns) // 128


cdef void handle_report_blocks(State* state, Endpoint* endpoint, const RtcpPart* part) noexcept nogil:
    cdef ReportBlock block
    cdef Row* row
    cdef int i
    cdef uint32_t now
    cdef int64_t rtt
    for i in range(report_block_count(part)):
        read_report_block(part, i, &block)
        row = row_of_ssrc(endpoint, block.ssrc)
        if row == NULL:
            continue
        row.reported_lost = block.cumulative_lost
        row.reported_fraction = block.fraction_lost
        row.reported_jitter = block.jitter
        note_report(state, endpoint, block.fraction_lost, endpoint.rtt_ns)
        if block.last_sr == 0:
            continue
        now = <uint32_t>(ntp_of(state, state.now_ns) >> 16)
        rtt = (<int64_t><uint32_t>(now - block.last_sr - block.delay_since_last_sr) * 1000000000) >> 16
        if rtt <= 0 or rtt > MAX_RTT_NS:
            continue
        endpoint.rtt_ns = rtt if endpoint.rtt_ns == 0 else endpoint.rtt_ns + (rtt - endpoint.rtt_ns) // 8


cdef void handle_nack(State* state, Endpoint* endpoint, const RtcpPart* part) noexcept nogil:
    cdef uint16_t[NACKED] sequences
    cdef uint32_t sender
    cdef uint32_t media
    cdef Row* row
    cdef int n
    cdef int i
    if not read_feedback(part, &sender, &media):
        return
    row = row_of_ssrc(endpoint, media)
    if row == NULL or not row.nack or media != row.ssrc:
        return
    n = read_nack(part, sequences, NACKED)
    state.counters[C_NACK_RECEIVED] += n
    for i in range(n):
        pace_resend(state, row, sequences[i])


cdef void ask_publisher(State* state, Endpoint* endpoint, uint32_t media) noexcept nogil:
    """A receiver cannot decode: pass the request on to the source, whose limiter serves all receivers."""
    cdef Row* row = row_of_ssrc(endpoint, media)
    cdef int layer
    if row == NULL or row.track == NULL or not row.video:
        return
    layer = row.layer if row.layer != NO_LAYER else row.target
    if layer != NO_LAYER and row.track.layers[layer] != NULL:
        want_keyframe(state, row.track.layers[layer])


cdef void handle_payload_feedback(State* state, Endpoint* endpoint, const RtcpPart* part) noexcept nogil:
    cdef uint32_t[NAMED] ssrcs
    cdef uint32_t sender
    cdef uint32_t media
    cdef uint64_t remb
    cdef int i
    if not read_feedback(part, &sender, &media):
        return
    if part.count == PSFB_PLI:
        ask_publisher(state, endpoint, media)
    elif part.count == PSFB_FIR:
        for i in range(read_fir(part, ssrcs, NAMED)):
            ask_publisher(state, endpoint, ssrcs[i])
    elif part.count == PSFB_AFB:
        remb = read_remb(part)
        if remb:
            note_remb(state, endpoint, remb)


cdef void handle_bye(State* state, Endpoint* endpoint, const RtcpPart* part) noexcept nogil:
    cdef uint32_t[NAMED] ssrcs
    cdef bint rtx = False
    cdef int i
    for i in range(read_bye(part, ssrcs, NAMED)):
        if layer_of_ssrc(endpoint, ssrcs[i], &rtx) != NULL:
            emit(state, E_BYE, endpoint.object.index, -1, -1, -1, ssrcs[i], NULL, 0)


cdef void handle_rtcp(State* state, Endpoint* endpoint, const uint8_t* data, int size) noexcept nogil:
    cdef RtcpPart part
    cdef int cursor = 0
    cdef int status
    while True:
        status = rtcp_next(data, size, &cursor, &part)
        if status <= 0:
            if status < 0:
                count(state, C_DROP_RTCP_MALFORMED)
            return
        if part.kind == RTCP_SR:
            handle_sender_report(state, endpoint, &part)
            handle_report_blocks(state, endpoint, &part)
        elif part.kind == RTCP_RR:
            handle_report_blocks(state, endpoint, &part)
        elif part.kind == RTCP_RTPFB and part.count == RTPFB_NACK:
            handle_nack(state, endpoint, &part)
        elif part.kind == RTCP_RTPFB and part.count == RTPFB_TRANSPORT:
            note_feedback(state, endpoint, part.data, part.size)
        elif part.kind == RTCP_PSFB:
            handle_payload_feedback(state, endpoint, &part)
        elif part.kind == RTCP_BYE:
            handle_bye(state, endpoint, &part)

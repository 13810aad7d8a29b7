"""One deadline per Endpoint (`State.due`); when it is reached, everything of that Endpoint is looked at.

    NACK            10 ms after a gap, then every round trip         (a Layer's own deadline)
    transport       50 ms after the first packet it will report
    keyframe        at once, then not before KEYFRAME_NS
    SR and RR       each second; a Row's first SR with its first packet, so that lip-sync holds from the start
    silence         2 s without a packet; consent gone after 30 s (RFC 7675)

A sender report speaks of the server's clock: NTP time is now, and the RTP time is where the publisher's media clock stands
now, taken from its own last report through the one offset that all its Layers share. So audio and video of one person stay
together, and the receiver's report gives a round trip.
"""
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from _fastpath.bandwidth cimport run_bandwidth
from _fastpath.counters cimport C_KEYFRAME_REQUESTS, C_NACK_SENT
from _fastpath.egress cimport commit_rtcp, reserve
from _fastpath.events cimport E_EXPIRED, E_LAYER_STOPPED, E_SILENT, emit
from _fastpath.feedback cimport ntp_of
from _fastpath.ingress cimport due_nacks, report_block
from _fastpath.layering cimport roll_rates
from _fastpath.pacer cimport begin_probe, pacers_due
from _fastpath.rtcp cimport (
    ReportBlock, SenderInfo, write_nack, write_pli, write_receiver_report, write_sdes_cname, write_sender_report)
from _fastpath.table cimport (
    MAX_PACKET, NO_LAYER, SOURCES, Endpoint, Layer, Row, RowSource, State, count, soonest)
from _fastpath.twcc cimport twcc_pending, twcc_write_feedback

cdef enum:
    FEEDBACK_NS = 50000000          # transport feedback: libwebrtc sends it every 50 to 250 ms
    REPORT_NS = 1000000000
    CHECK_NS = 250000000
    UNSENT_NS = 20000000
    PUBLISHER_CHECK_NS = 100000000  # of an Endpoint that publishes: a Layer that stops is told within 0.7 s
    KEYFRAME_NS = 1000000000        # between two requests to one Layer: a keyframe costs all of its receivers
    LAYER_QUIET_NS = 600000000      # video without a packet for this long has stopped
    SILENT_NS = 2000000000
    NACKS = 256
    BLOCKS = 31                     # report blocks in one packet (5 bits)
    FEEDBACKS = 4                   # transport feedback packets at once
    REPORT_OCTETS = 1200

cdef int64_t CONSENT_NS = 30 * 1000000000LL
cdef int64_t NEVER = 0x7FFFFFFFFFFFFFFFLL


cdef void send_nacks(State* state, Endpoint* endpoint) noexcept nogil:
    cdef uint16_t[NACKS] sequences
    cdef Layer* layer = endpoint.layers
    cdef uint8_t* out
    cdef int n
    cdef int size
    while layer != NULL:
        if layer.missing_count and layer.nack_due_ns <= state.now_ns:
            n = due_nacks(state, layer, sequences, NACKS)
            if n:
                out = reserve(state)
                size = write_nack(out, MAX_PACKET, endpoint.ssrc, layer.ssrc, sequences, n)
                if size and commit_rtcp(state, endpoint, out, size):
                    layer.nacks += n
                    state.counters[C_NACK_SENT] += n
        if layer.missing_count:
            soonest(state, endpoint, layer.nack_due_ns)
        layer = layer.next_in_endpoint


cdef void send_feedback(State* state, Endpoint* endpoint) noexcept nogil:
    cdef uint8_t* out
    cdef int size
    cdef int _
    if endpoint.arrivals == NULL or endpoint.send == NULL or not twcc_pending(endpoint.arrivals):
        return
    if endpoint.feedback_due_ns > state.now_ns:
        soonest(state, endpoint, endpoint.feedback_due_ns)
        return
    for _ in range(FEEDBACKS):
        if not twcc_pending(endpoint.arrivals):
            break
        out = reserve(state)
        size = twcc_write_feedback(endpoint.arrivals, out, REPORT_OCTETS, endpoint.ssrc, endpoint.feedback_ssrc)
        if size == 0:
            break
        commit_rtcp(state, endpoint, out, size)
    endpoint.feedback_due_ns = state.now_ns + FEEDBACK_NS
    if twcc_pending(endpoint.arrivals):
        soonest(state, endpoint, endpoint.feedback_due_ns)


cdef void ask_keyframes(State* state, Endpoint* endpoint) noexcept nogil:
    cdef Layer* layer = endpoint.layers
    cdef int64_t due
    cdef uint8_t* out
    while layer != NULL:
        if layer.keyframe_wanted and layer.ssrc:
            due = layer.keyframe_asked_ns + KEYFRAME_NS if layer.keyframe_asked_ns else 0
            if due > state.now_ns:
                soonest(state, endpoint, due)
            else:
                out = reserve(state)
                if commit_rtcp(state, endpoint, out, write_pli(out, MAX_PACKET, endpoint.ssrc, layer.ssrc)):
                    layer.keyframe_asked_ns = state.now_ns
                    layer.keyframe_requests += 1
                    count(state, C_KEYFRAME_REQUESTS)
                soonest(state, endpoint, state.now_ns + KEYFRAME_NS)
        layer = layer.next_in_endpoint


cdef void send_receiver_report(State* state, Endpoint* endpoint) noexcept nogil:
    cdef ReportBlock[BLOCKS] blocks
    cdef Layer* layer = endpoint.layers
    cdef uint8_t* out
    cdef int n = 0
    cdef int size
    while layer != NULL and n < BLOCKS:
        if layer.started and layer.ssrc:
            report_block(state, layer, &blocks[n])
            n += 1
        layer = layer.next_in_endpoint
    if n == 0:
        return
    out = reserve(state)
    size = write_receiver_report(out, MAX_PACKET, endpoint.ssrc, blocks, n)
    if size:
        size += write_sdes_cname(out + size, MAX_PACKET - size, endpoint.ssrc, <const uint8_t*>b"treble", 6)
        commit_rtcp(state, endpoint, out, size)


cdef bint sender_info(State* state, Row* row, SenderInfo* info) noexcept nogil:
    """Where the Row's RTP clock stands now; False while the publisher has not told."""
    cdef RowSource* source = &row.sources[row.source & (SOURCES - 1)]
    cdef Layer* layer = source.layer
    cdef Endpoint* publisher
    cdef int64_t publisher_now
    cdef int64_t since
    if layer == NULL or row.layer == NO_LAYER or layer.sr_arrival_ns == 0 or layer.clock_rate == 0:
        return False
    publisher = layer.track.endpoint
    publisher_now = state.now_ns - publisher.clock_offset_ns
    since = publisher_now - (<int64_t>(layer.sr_ntp >> 32) * 1000000000
                             + <int64_t>(((layer.sr_ntp & 0xFFFFFFFFULL) * 1000000000) >> 32))
    info.ssrc = row.ssrc
    info.ntp = ntp_of(state, state.now_ns)
    info.rtp_timestamp = (layer.sr_timestamp + <uint32_t><int64_t>(<double>since * layer.clock_rate / 1e9)
                          + source.timestamp_offset)
    info.packets = <uint32_t>row.packets
    info.octets = <uint32_t>row.octets
    return True


cdef void send_sender_reports(State* state, Endpoint* endpoint) noexcept nogil:
    """Several Rows' reports share a compound packet."""
    cdef SenderInfo info
    cdef Row* row = endpoint.rows
    cdef uint8_t* out = NULL
    cdef int size = 0
    if endpoint.sender_reports_due_ns > state.now_ns:  # to walk all Rows for nothing is dear where there are many
        soonest(state, endpoint, endpoint.sender_reports_due_ns)
        return
    endpoint.sender_reports_due_ns = NEVER
    while row != NULL:
        if row.layer != NO_LAYER and not row.started:  # its first packet waits in the pacer
            endpoint.sender_reports_due_ns = min(endpoint.sender_reports_due_ns, state.now_ns + UNSENT_NS)
        elif row.layer != NO_LAYER:
            if row.report_due_ns <= state.now_ns:
                row.report_due_ns = state.now_ns + REPORT_NS
                if not sender_info(state, row, &info):
                    row.report_due_ns = state.now_ns + CHECK_NS
                else:
                    if out == NULL:
                        out = reserve(state)
                        size = 0
                    size += write_sender_report(out + size, MAX_PACKET - size, &info)
                    size += write_sdes_cname(out + size, MAX_PACKET - size, row.ssrc, row.cname, row.cname_size)
                    if size > REPORT_OCTETS:
                        commit_rtcp(state, endpoint, out, size)
                        out = NULL
            endpoint.sender_reports_due_ns = min(endpoint.sender_reports_due_ns, row.report_due_ns)
        row = row.next_in_endpoint
    soonest(state, endpoint, endpoint.sender_reports_due_ns)
    if out != NULL and size:
        commit_rtcp(state, endpoint, out, size)


cdef void check_layers(State* state, Endpoint* endpoint) noexcept nogil:
    """Bitrates, and video Layers that have stopped (browsers stop them under pressure)."""
    cdef Layer* layer = endpoint.layers
    cdef int64_t elapsed
    while layer != NULL:
        elapsed = state.now_ns - layer.rate_since_ns
        if elapsed >= REPORT_NS:
            layer.bitrate_bps = <uint64_t>(<double>layer.rate_octets * 8e9 / elapsed)
            layer.rate_octets = 0
            layer.rate_since_ns = state.now_ns
        if layer.track.video:
            roll_rates(state, layer)
        if layer.live and layer.track.video and state.now_ns - layer.last_arrival_ns > LAYER_QUIET_NS:
            layer.live = False
            emit(state, E_LAYER_STOPPED, endpoint.object.index, layer.track.object.index, layer.index, -1, 0, NULL, 0)
        layer = layer.next_in_endpoint


cdef void check_life(State* state, Endpoint* endpoint) noexcept nogil:
    if endpoint.selected >= 0 and not endpoint.silent and state.now_ns - endpoint.last_received_ns > SILENT_NS:
        endpoint.silent = True
        emit(state, E_SILENT, endpoint.object.index, -1, -1, -1, 0, NULL, 0)
    if endpoint.last_consent_ns and not endpoint.expired and state.now_ns - endpoint.last_consent_ns > CONSENT_NS:
        endpoint.expired = True
        emit(state, E_EXPIRED, endpoint.object.index, -1, -1, -1, 0, NULL, 0)


cdef void run_endpoint(State* state, Endpoint* endpoint) noexcept nogil:
    state.due[endpoint.object.index] = NEVER
    if endpoint.send != NULL and endpoint.selected >= 0:
        send_nacks(state, endpoint)
        send_feedback(state, endpoint)
        ask_keyframes(state, endpoint)
        if endpoint.report_due_ns <= state.now_ns:
            endpoint.report_due_ns = state.now_ns + REPORT_NS
            send_receiver_report(state, endpoint)
        soonest(state, endpoint, endpoint.report_due_ns)
        send_sender_reports(state, endpoint)
        run_bandwidth(state, endpoint)
        begin_probe(state, endpoint)
    if endpoint.check_due_ns <= state.now_ns:
        endpoint.check_due_ns = state.now_ns + (PUBLISHER_CHECK_NS if endpoint.layers != NULL else CHECK_NS)
        check_layers(state, endpoint)
        check_life(state, endpoint)
    soonest(state, endpoint, endpoint.check_due_ns)


cdef void run_timers(State* state) noexcept nogil:
    cdef int i
    for i in range(state.endpoint_top):
        if state.due[i] <= state.now_ns and state.endpoints[i] != NULL:
            run_endpoint(state, state.endpoints[i])


cdef int64_t next_timer(State* state) noexcept nogil:
    cdef int64_t due = pacers_due(state)
    cdef int i
    for i in range(state.endpoint_top):
        if state.due[i] < due and state.endpoints[i] != NULL:
            due = state.due[i]
    return due

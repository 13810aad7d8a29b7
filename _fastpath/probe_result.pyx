"""The rate that a probe cluster proves.

After probe_bitrate_estimator of libwebrtc (January 2026): at least 80 % of the packets acknowledged, both spans at most a
second, received at most twice as fast as sent (faster means that the network or the receiver held the packets back),
and below 90 % of the sent rate the link was saturated: 95 % of what was received.

Different here: media sent between the cluster's packets shares the bottleneck with them and is counted too; a path
that loses packets in any case is allowed to lose that share; and spans of a few ms prove nothing.
"""
from libc.stdint cimport int64_t

from _fastpath.sent_log cimport RECEIVED, SENT_LOG, SentLog, SentPacket, arrival_of, sent_packet

cdef enum:
    MAX_SPAN_NS = 1_000_000_000
    MIN_SPAN_NS = 4_000_000
    MIN_RECEIVED = 4

cdef double MIN_SHARE = 0.8
cdef double MAX_RATIO = 2.0
cdef double PASSED = 0.9
cdef double USED = 0.95


cdef ProbeMeasure probe_measure(
    SentLog* log, int64_t first, int64_t last, int cluster, double loss
) noexcept nogil:
    cdef ProbeMeasure measure = ProbeMeasure(PROBE_REJECTED, 0, 0)
    cdef int64_t sequence
    cdef int64_t first_sent = 0, last_sent = 0, first_arrival = 0, last_arrival = 0, arrival, sent_span, span
    cdef int64_t octets = 0, last_sent_size = 0, first_arrived_size = 0
    cdef int sent = 0, received = 0, packets = 0
    cdef double received_bps
    cdef SentPacket* packet
    if first <= log.highest - SENT_LOG:
        return measure
    for sequence in range(first, last + 1):
        packet = sent_packet(log, sequence)
        sent += packet.cluster == cluster
        if packet.fate != RECEIVED:
            continue
        received += packet.cluster == cluster
        arrival = arrival_of(packet)
        octets += packet.size
        if packets == 0 or arrival < first_arrival:
            first_arrival = arrival
            first_arrived_size = packet.size
        if packets == 0 or arrival > last_arrival:
            last_arrival = arrival
        if packets == 0 or packet.sent_ns < first_sent:
            first_sent = packet.sent_ns
        if packets == 0 or packet.sent_ns >= last_sent:
            last_sent = packet.sent_ns
            last_sent_size = packet.size
        packets += 1
    sent_span = last_sent - first_sent
    span = last_arrival - first_arrival
    if received < MIN_RECEIVED or received < MIN_SHARE * (1 - loss) * sent:
        return measure
    if not (MIN_SPAN_NS <= sent_span <= MAX_SPAN_NS and MIN_SPAN_NS // 4 <= span <= MAX_SPAN_NS):
        return measure
    measure.sent_bps = (octets - last_sent_size) * 8e9 / sent_span
    received_bps = (octets - first_arrived_size) * 8e9 / span
    if received_bps > MAX_RATIO * measure.sent_bps:
        return measure
    if received_bps < PASSED * measure.sent_bps:
        measure.outcome = PROBE_SATURATED
        measure.bps = USED * received_bps
    else:
        measure.outcome = PROBE_PASSED
        measure.bps = min(received_bps, measure.sent_bps)
    return measure

"""The rate that a probe cluster proves.

After probe_bitrate_estimator of libwebrtc (January 2026): at least 80 % of the packets acknowledged, both spans at
most a second, received at most twice as fast as sent (faster means that the network or the receiver held the
packets back), and below 90 % of the sent rate the link was saturated: 95 % of what was received.

Different here: media sent between the cluster's packets shares the bottleneck with them and is counted too, and so
is what the path loses in any case (it has taken its time on the link); packets that no feedback has told of are not
lost; and spans of a few ms prove nothing.
"""
from libc.stdint cimport int64_t

from _fastpath.sent_log cimport LOST, RECEIVED, SENT_LOG, SentLog, SentPacket, arrival_of, most_lost, sent_packet

cdef enum:
    MAX_SPAN_NS = 1_000_000_000
    MIN_SPAN_NS = 4_000_000
    MIN_RECEIVED = 4

cdef double MIN_SHARE = 0.8
cdef double MAX_RATIO = 2.0
cdef double PASSED = 0.9
cdef double PROBE_USED = 0.95


cdef struct Train:
    # The packets of a cluster and those between them, as they left and as they came.
    int64_t first_sent, last_sent, first_arrival, last_arrival
    int64_t octets, lost_octets         # lost ones only between received ones
    int last_sent_size, first_arrived_size
    int packets
    int received, lost                  # of the cluster itself


cdef void add(Train* train, const SentPacket* packet) noexcept nogil:
    cdef int64_t arrival = arrival_of(packet)
    if train.packets == 0 or arrival < train.first_arrival:
        train.first_arrival = arrival
        train.first_arrived_size = packet.size
    if train.packets == 0 or arrival > train.last_arrival:
        train.last_arrival = arrival
    if train.packets == 0:
        train.first_sent = packet.sent_ns
    train.last_sent = packet.sent_ns
    train.last_sent_size = packet.size
    train.octets += packet.size
    train.packets += 1


cdef Train train_of(SentLog* log, int64_t first, int64_t last, int cluster) noexcept nogil:
    cdef Train train = Train(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    cdef int64_t sequence, lost_octets = 0
    cdef SentPacket* packet
    for sequence in range(first, last + 1):
        packet = sent_packet(log, sequence)
        if packet.fate == LOST:
            train.lost += packet.cluster == cluster
            if train.packets > 0:
                lost_octets += packet.size
        elif packet.fate == RECEIVED:
            train.received += packet.cluster == cluster
            train.lost_octets += lost_octets
            lost_octets = 0
            add(&train, packet)
    return train


cdef ProbeMeasure probe_measure(
    SentLog* log, const Probe* probe, int64_t first, int64_t last, double loss, double inherent
) noexcept nogil:
    cdef ProbeMeasure measure = ProbeMeasure(PROBE_REJECTED, 0, 0)
    cdef Train train
    cdef int64_t sent_span, span
    cdef double octets, received_bps
    if first <= log.highest - SENT_LOG:
        return measure
    train = train_of(log, first, last, probe.cluster)
    if 2 * (train.received + train.lost) < probe.packets + 1:
        measure.outcome = PROBE_UNTOLD
        return measure
    if train.received < MIN_RECEIVED or train.received < MIN_SHARE * (1 - loss) * (train.received + train.lost):
        return measure
    sent_span = train.last_sent - train.first_sent
    span = train.last_arrival - train.first_arrival
    if not (MIN_SPAN_NS <= sent_span <= MAX_SPAN_NS and MIN_SPAN_NS // 4 <= span <= MAX_SPAN_NS):
        return measure
    octets = train.octets + min(<double>train.lost_octets, most_lost(inherent) * train.octets)
    measure.sent_bps = (octets - train.last_sent_size) * 8e9 / sent_span
    received_bps = (octets - train.first_arrived_size) * 8e9 / span
    if received_bps > MAX_RATIO * measure.sent_bps:
        return measure
    if received_bps < PASSED * measure.sent_bps:
        measure.outcome = PROBE_SATURATED
        measure.bps = PROBE_USED * received_bps
    else:
        measure.outcome = PROBE_PASSED
        measure.bps = min(received_bps, measure.sent_bps)
    return measure

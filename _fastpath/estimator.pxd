"""How much may be sent to one receiver: the joints of the bandwidth estimate. See estimator.pyx."""
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint64_t

from _fastpath.acked_rate cimport AckedRate
from _fastpath.delay_trend cimport DelayTrend
from _fastpath.loss_control cimport LossControl
from _fastpath.probe_control cimport ProbeControl
from _fastpath.probe_result cimport Probe
from _fastpath.queue_delay cimport QueueDelay
from _fastpath.rate_control cimport RateControl
from _fastpath.sent_log cimport SentLog

cdef struct Estimator:
    # Zeroed memory, then `estimator_start`.
    uint64_t estimate_bps       # 0 until known
    double loss                 # 0..1, over two seconds, before repair
    double path_loss            # of packets that found no queue: what sending less would not change; -1 unknown
    int64_t queue_ns            # standing queue as far as it is known
    int64_t rtt_ns              # from receiver reports, or bounded by the quickest feedback
    bint overusing
    uint64_t wish_bps
    uint64_t pacing_bps         # how fast to send what waits; 0: no bound
    # The rest is the estimator's own. Each packet sent touches `pacing_bps` and the head of the log: they are neighbours.
    SentLog log
    bint clear                  # the last packet told of found no queue
    bint heard                  # transport feedback has come
    int64_t heard_first_ns, heard_ns
    int64_t draining_until_ns, shallow_until_ns
    int64_t collapsed_ns        # when the link was last seen to have fallen to a fraction
    int64_t queued_ns           # when a queue was last seen
    bint rtt_reported
    uint64_t remb_bps
    int64_t remb_ns
    int64_t overuse_since_ns    # 0: none now
    # A queue that is not our doing.
    int64_t standing_since_ns, standing_step_ns, standing_queue_ns
    double standing_bps
    double trial_bps            # the estimate before the loss trial
    RateControl rate
    AckedRate acked
    DelayTrend trend
    QueueDelay queue
    LossControl losses
    ProbeControl probing

# Forgets everything, also for a new route.
cdef void estimator_start(Estimator* estimator, int64_t now_ns) noexcept nogil
# A packet with a transport sequence number leaves; `size`: octets of UDP payload; `cluster`: of the probe, or 0.
cdef void estimator_sent(
    Estimator* estimator, uint16_t transport_sequence, int size, int cluster, int64_t now_ns) noexcept nogil
# One transport feedback packet, RTCP header first; False: malformed.
cdef bint estimator_feedback(Estimator* estimator, const uint8_t* rtcp, int size, int64_t now_ns) noexcept nogil
# A receiver report: `fraction_lost` of 256, the round trip or 0 where unknown.
cdef void estimator_report(Estimator* estimator, int fraction_lost, int64_t rtt_ns, int64_t now_ns) noexcept nogil
cdef void estimator_remb(Estimator* estimator, uint64_t bps, int64_t now_ns) noexcept nogil
# The most that the receiver could use now: bounds the probing.
cdef void estimator_wish(Estimator* estimator, uint64_t bps, int64_t now_ns) noexcept nogil
# Is a cluster due? It counts as begun.
cdef bint estimator_probe(Estimator* estimator, int64_t now_ns, Probe* out) noexcept nogil
# What only time moves; returns when to call again.
cdef int64_t estimator_tick(Estimator* estimator, int64_t now_ns) noexcept nogil

"""Bandwidth estimation for one receiver, from its transport-wide feedback.

    sent_log -> acked_rate     what arrives
             -> delay_trend    does the delay grow (Google congestion control)
             -> queue_delay    the standing queue, and the rate at which a busy bottleneck lets packets out
             -> loss_control   is the loss ours
             -> probe_control, probe_result    is there more
    all of them -> rate_control -> estimate_bps, pacing_bps

After draft-ietf-rmcat-gcc-02 and goog_cc of libwebrtc of January 2026; each part's head says what it follows and
where it differs. The difference of the whole: an SFU sends fixed layers, so it is limited by its application most
of the time. The estimate is therefore what was *proven* (by probes, by a busy bottleneck, by delivery), kept until
something disproves it, and it never follows the sent rate down.

The first estimate comes with the first feedback that can tell something: the result of the first probe, congestion, or
300 kbit/s after 400 ms without either.
"""
from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset

from _fastpath.acked_rate cimport acked_add, acked_bps
from _fastpath.delay_trend cimport trend_packet, trend_reset
from _fastpath.loss_control cimport (
    LOSS_AGAIN, LOSS_CONGESTED, LOSS_HELPED, LOSS_OWN, LOSS_TRY, LossVerdict, clear_loss, loss_recovered, loss_reported,
    loss_verdict,
)
from _fastpath.probe_control cimport (
    probe_complete, probe_concluded, probe_due, probe_hurry, probe_leap, probe_overdue, probe_packet_sent, probe_postpone,
)
from _fastpath.probe_result cimport (
    PROBE_PASSED, PROBE_REJECTED, PROBE_SATURATED, PROBE_USED, Probe, ProbeMeasure, probe_measure,
)
from _fastpath.queue_delay cimport (
    Busy, busy_stretch, collapsed_bps, queue_base_us, queue_packet, queue_rebase, queue_standing_ns,
)
from _fastpath.rate_control cimport (
    rate_believed, rate_decrease, rate_grow, rate_link_seen, rate_prove, rate_raised,
)
from _fastpath.sent_log cimport (
    LOST, ON_ITS_WAY, RECEIVED, SENT_LOG, Fate, SentPacket, arrival_of, sent_log_ack, sent_log_jump, sent_packet,
)
from _fastpath.twcc cimport TwccAck, twcc_read_feedback
from _fastpath.wire cimport unwrap16

cdef enum:
    MS = 1_000_000
    FIRST_BPS = 300_000
    FIRST_WAIT_NS = 400 * MS        # for the first probe's result
    QUEUE_WINDOW_NS = 80 * MS       # a standing queue is one that nothing escaped for so long
    CALM_NS = 12 * MS               # a queue below this does not stop growth and probes
    CONGESTED_NS = 30 * MS          # a queue above this is congestion also where the trend is flat
    SHORT_NS = 8 * MS               # a packet that waited less found no queue
    STANDING_NS = 45 * MS           # and above this something is done about it even where it is not ours
    STANDING_STEP_NS = 500 * MS
    STANDING_LIMIT_NS = 2_500_000_000   # then it was a longer path, or somebody who will not yield
    MOVED_NS = 3_000_000_000
    PATIENCE_NS = 300 * MS
    PATIENCE_QUEUE_NS = 60 * MS
    COLLAPSED_NS = 400 * MS         # the queue behind a collapse is still being told
    DRAIN_NS = 1500 * MS            # at most, pacing at the estimate
    SETTLE_NS = 1_000 * MS          # the window that loss is judged by, and a little
    SHALLOW_NS = 30_000_000_000     # a queue that lost packets without delay holds no bursts
    AFTER_DECREASE_NS = 600 * MS    # no probes
    GONE_NS = 5_000_000_000            # no transport feedback: REMB counts again
    TICK_NS = 25 * MS
    IDLE_TICK_NS = 200 * MS
    LEAST_TRIAL_BPS = 150_000
    PACING_FLOOR_BPS = 200_000
    DEFAULT_RTT_NS = 100 * MS

cdef double DECREASE = 0.92
cdef double FASTER = 0.93           # let out less than this share of what was sent: the queue is ours
cdef double COLLAPSED = 0.5     # of the estimate and of what arrived lately is let out, or less
cdef double ABOVE = 0.97            # an estimate below this share of the link's rate is no cause
cdef double SLIGHT = 0.75            # of what was sent was let out, or more
cdef double PRESSED = 0.7           # this share of the estimate is delivered: a loss may be ours
cdef double PACING = 2.5
cdef double SHALLOW_PACING = 1.15


cdef void publish(Estimator* estimator, int64_t now_ns) noexcept nogil:
    cdef double bps = estimator.rate.bps
    if not estimator.heard or now_ns - estimator.heard_ns > <int64_t>GONE_NS:
        if estimator.remb_bps != 0 and estimator.remb_ns > estimator.heard_ns:
            bps = <double>estimator.remb_bps
    estimator.estimate_bps = <uint64_t>bps
    if bps == 0:
        estimator.pacing_bps = 0
    elif estimator.overusing or now_ns < estimator.draining_until_ns:
        estimator.pacing_bps = <uint64_t>bps
    elif now_ns < estimator.shallow_until_ns:
        estimator.pacing_bps = <uint64_t>max(SHALLOW_PACING * bps, <double>PACING_FLOOR_BPS / 2)
    else:
        estimator.pacing_bps = <uint64_t>max(PACING * bps, <double>PACING_FLOOR_BPS)


cdef void estimator_start(Estimator* estimator, int64_t now_ns) noexcept nogil:
    cdef uint64_t wish = estimator.wish_bps
    memset(estimator, 0, sizeof(Estimator))
    estimator.wish_bps = wish
    estimator.rtt_ns = DEFAULT_RTT_NS
    estimator.path_loss = -1
    estimator.collapsed_ns = now_ns - COLLAPSED_NS
    trend_reset(&estimator.trend)


cdef void estimator_sent(
    Estimator* estimator, uint16_t transport_sequence, int size, int cluster, int64_t now_ns
) noexcept nogil:
    cdef int64_t sequence = estimator.log.highest + 1
    cdef SentPacket* packet
    if <uint16_t>sequence != transport_sequence or not estimator.log.started:
        sequence = unwrap16(estimator.log.highest, transport_sequence) if estimator.log.started \
            else 65536 + <int64_t>transport_sequence
        if sequence <= estimator.log.highest:
            return      # a number twice
        sent_log_jump(&estimator.log, sequence)
    estimator.log.highest = sequence
    packet = sent_packet(&estimator.log, sequence)
    packet.sent_ns = now_ns
    packet.size = <uint16_t>size
    packet.cluster = <uint8_t>cluster
    packet.fate = ON_ITS_WAY
    if cluster != 0:
        probe_packet_sent(&estimator.probing, sequence, size, cluster, now_ns)

# ---------------------------------------------------------------- feedback


cdef void take_received(
    Estimator* estimator, const SentPacket* packet, Fate was, bint clear, int64_t now_ns
) noexcept nogil:
    cdef int64_t arrival = arrival_of(packet)
    if not estimator.rtt_reported:
        estimator.rtt_ns = min(estimator.rtt_ns * 2, now_ns - packet.sent_ns) if estimator.heard \
            else now_ns - packet.sent_ns
    acked_add(&estimator.acked, arrival, packet.size)
    queue_packet(&estimator.queue, arrival, packet.delay_us)
    if was == LOST:
        if packet.cluster == 0:
            loss_recovered(&estimator.losses)
        return
    trend_packet(&estimator.trend, packet.sent_ns, arrival)
    if packet.cluster == 0:
        loss_reported(&estimator.losses, False, clear, packet.size, now_ns)


cdef bint take_acks(Estimator* estimator, const TwccAck* acks, int count, int64_t now_ns) noexcept nogil:
    """True where any of them was news."""
    cdef bint news = False
    cdef SentPacket* packet
    cdef Fate was
    cdef int index
    for index in range(count):
        packet = sent_log_ack(&estimator.log, &acks[index], &was)
        if packet == NULL:
            continue
        news = True
        if packet.fate == RECEIVED:
            take_received(estimator, packet, was, estimator.clear, now_ns)
            estimator.clear = (packet.delay_us - queue_base_us(&estimator.queue)) * <int64_t>1000 < SHORT_NS
        elif packet.cluster == 0:
            loss_reported(&estimator.losses, True, estimator.clear, packet.size, now_ns)
    return news


cdef bint estimator_feedback(Estimator* estimator, const uint8_t* rtcp, int size, int64_t now_ns) noexcept nogil:
    cdef TwccAck acks[SENT_LOG]
    cdef int count = twcc_read_feedback(rtcp, size, acks, SENT_LOG)
    if count < 0:
        return False
    if not take_acks(estimator, acks, count, now_ns):
        return True
    if not estimator.heard:
        estimator.heard = True
        estimator.heard_first_ns = now_ns
        if estimator.probing.probe.cluster == 0:
            probe_hurry(&estimator.probing, now_ns)
    estimator.heard_ns = now_ns
    decide(estimator, now_ns)
    return True

# ---------------------------------------------------------------- decisions


cdef void decreased(Estimator* estimator, int64_t now_ns) noexcept nogil:
    estimator.draining_until_ns = now_ns + DRAIN_NS
    probe_postpone(&estimator.probing, now_ns + AFTER_DECREASE_NS)


cdef double inherent_loss(const Estimator* estimator, int64_t now_ns) noexcept nogil:
    """What is lost in any case, and so made up for. What a short queue loses is not that."""
    return 0 if now_ns < estimator.shallow_until_ns else min(estimator.losses.path, estimator.losses.inherent)


cdef bint is_ours(const Estimator* estimator, const Busy* busy) noexcept nogil:
    return busy.received_bps > 0 and busy.received_bps < FASTER * busy.sent_bps


cdef void take_loss(Estimator* estimator, const Busy* busy, double acked, int64_t now_ns) noexcept nogil:
    cdef bint settled = (
        now_ns - max(estimator.rate.decreased_ns, estimator.queued_ns) > estimator.rtt_ns + SETTLE_NS)
    cdef LossVerdict verdict = loss_verdict(
        &estimator.losses, estimator.queue_ns, settled, acked > PRESSED * estimator.rate.bps, estimator.rtt_ns, now_ns)
    cdef double delivered
    estimator.loss = estimator.losses.loss
    estimator.path_loss = clear_loss(&estimator.losses)
    if verdict == LOSS_CONGESTED:
        if is_ours(estimator, busy):
            if rate_decrease(&estimator.rate, busy.received_bps, DECREASE, now_ns):
                decreased(estimator, now_ns)
        elif now_ns - estimator.rate.decreased_ns > estimator.rtt_ns + STANDING_STEP_NS:
            delivered = acked_bps(&estimator.acked, 300 * MS)
            if rate_decrease(&estimator.rate, max(0.85 * estimator.rate.bps, 0.95 * delivered), 1, now_ns):
                decreased(estimator, now_ns)
    elif verdict == LOSS_TRY or verdict == LOSS_AGAIN:
        if verdict == LOSS_TRY:
            estimator.trial_bps = estimator.rate.bps
        delivered = 0.95 * max(acked_bps(&estimator.acked, 350 * MS), acked_bps(&estimator.acked, 150 * MS))
        if verdict == LOSS_AGAIN:
            delivered = max(delivered, 0.7 * estimator.rate.bps)
        # Hardly more than audio is no trial: there is nothing to leave out.
        if rate_decrease(&estimator.rate, max(delivered, <double>LEAST_TRIAL_BPS), 1, now_ns):
            decreased(estimator, now_ns)
    elif verdict == LOSS_HELPED:
        estimator.shallow_until_ns = now_ns + SHALLOW_NS
    elif verdict == LOSS_OWN:
        rate_prove(&estimator.rate, estimator.trial_bps)
        estimator.draining_until_ns = 0


cdef void take_standing_queue(Estimator* estimator, double acked, int64_t now_ns) noexcept nogil:
    """A queue that stays though it is not shown to be ours: less, step by step, and then let it be."""
    if estimator.queue_ns < STANDING_NS or estimator.rate.bps == 0:
        estimator.standing_since_ns = 0
        return
    # While it drains there is nothing to do.
    if estimator.standing_since_ns == 0 or 10 * estimator.queue_ns < 8 * estimator.standing_queue_ns:
        estimator.standing_since_ns = now_ns
        estimator.standing_step_ns = now_ns
        estimator.standing_queue_ns = estimator.queue_ns
        estimator.standing_bps = estimator.rate.bps
        return
    if now_ns - estimator.standing_since_ns > <int64_t>STANDING_LIMIT_NS:
        queue_rebase(&estimator.queue, 2)
        if estimator.rate.decreased_ns <= estimator.standing_step_ns:   # nothing else has spoken for less
            rate_prove(&estimator.rate, estimator.standing_bps)
        estimator.standing_since_ns = 0
    elif now_ns - max(estimator.standing_step_ns, estimator.rate.decreased_ns) > STANDING_STEP_NS + estimator.rtt_ns:
        estimator.standing_step_ns = now_ns
        if estimator.rate.bps > 1.05 * acked:
            estimator.rate.bps = max(0.85 * estimator.rate.bps, acked)
        else:
            estimator.rate.bps = 0.85 * acked
        estimator.rate.decreased_ns = now_ns
        decreased(estimator, now_ns)


cdef bint is_patient(const Estimator* estimator, const Busy* busy, int64_t now_ns) noexcept nogil:
    """A slight overuse, and it was not we who moved: whoever did goes back first."""
    return (
        estimator.rate.bps > 0
        and busy.received_bps > SLIGHT * busy.sent_bps
        and now_ns - estimator.rate.moved_ns > <int64_t>MOVED_NS
        and now_ns - estimator.overuse_since_ns < PATIENCE_NS
        and estimator.queue_ns < PATIENCE_QUEUE_NS
    )


cdef void take_delay(Estimator* estimator, const Busy* busy, double acked, int64_t now_ns) noexcept nogil:
    cdef bint ours = is_ours(estimator, busy)
    estimator.overusing = ours and (estimator.trend.overusing or estimator.queue_ns > CONGESTED_NS) and (
        estimator.rate.bps == 0 or estimator.rate.bps > ABOVE * busy.received_bps)
    if not estimator.overusing:
        estimator.overuse_since_ns = 0
    elif estimator.overuse_since_ns == 0:
        estimator.overuse_since_ns = now_ns
    if estimator.overusing:
        if not is_patient(estimator, busy, now_ns) and rate_decrease(&estimator.rate, busy.received_bps, DECREASE, now_ns):
            decreased(estimator, now_ns)
        estimator.standing_since_ns = 0
    elif not ours:
        take_standing_queue(estimator, acked, now_ns)


cdef void take_collapse(Estimator* estimator, double acked, int64_t now_ns) noexcept nogil:
    """A link that has fallen to a fraction of what is sent: known from one burst, before there is a trend."""
    cdef double bps = collapsed_bps(&estimator.queue, &estimator.log)
    if bps > 0 and bps < COLLAPSED * min(estimator.rate.bps, acked) and rate_decrease(
            &estimator.rate, bps, DECREASE, now_ns):
        estimator.collapsed_ns = now_ns
        decreased(estimator, now_ns)


cdef bint calm(const Estimator* estimator) noexcept nogil:
    return estimator.queue_ns < CALM_NS and not estimator.overusing and not estimator.losses.trying


cdef void take_probe(Estimator* estimator, double acked, int64_t now_ns) noexcept nogil:
    cdef ProbeMeasure measure
    cdef double concluded
    cdef bint all_told = (
        probe_complete(&estimator.probing) and estimator.log.newest_received >= estimator.probing.last)
    if not all_told and not probe_overdue(&estimator.probing, estimator.rtt_ns, now_ns):
        return
    measure = ProbeMeasure(PROBE_REJECTED, 0, 0)
    if probe_complete(&estimator.probing):
        measure = probe_measure(
            &estimator.log, &estimator.probing.probe, estimator.probing.first, estimator.probing.last,
            max(estimator.loss, estimator.losses.inherent), inherent_loss(estimator, now_ns))
    if estimator.rate.bps == 0 and measure.outcome == PROBE_PASSED:
        measure.bps = max(measure.bps, <double>FIRST_BPS)   # a small wish's probe finds no bound
    if measure.outcome == PROBE_SATURATED:
        rate_link_seen(&estimator.rate, measure.bps / PROBE_USED, now_ns)
    measure.bps = rate_believed(&estimator.rate, measure.bps, now_ns)
    concluded = probe_concluded(
        &estimator.probing, &measure, estimator.rate.bps, <double>estimator.wish_bps, now_ns)
    # Never below what is being delivered and a little more.
    rate_raised(&estimator.rate, max(concluded, min(estimator.rate.bps, 1.1 * acked)), now_ns)


cdef void first_estimate(Estimator* estimator, int64_t now_ns) noexcept nogil:
    if estimator.rate.bps == 0 and estimator.heard and now_ns - estimator.heard_first_ns >= FIRST_WAIT_NS:
        estimator.rate.bps = max(<double>FIRST_BPS, acked_bps(&estimator.acked, 400 * MS))


cdef void decide(Estimator* estimator, int64_t now_ns) noexcept nogil:
    cdef double acked = acked_bps(&estimator.acked, 500 * MS)
    cdef Busy busy
    estimator.queue_ns = queue_standing_ns(&estimator.queue, &estimator.log, QUEUE_WINDOW_NS)
    busy = busy_stretch(&estimator.queue, &estimator.log, inherent_loss(estimator, now_ns))
    take_probe(estimator, acked, now_ns)
    take_delay(estimator, &busy, acked, now_ns)
    take_collapse(estimator, acked, now_ns)
    take_loss(estimator, &busy, acked, now_ns)
    first_estimate(estimator, now_ns)
    if estimator.queue_ns >= CALM_NS:
        estimator.queued_ns = now_ns
    elif now_ns - estimator.collapsed_ns > COLLAPSED_NS:
        estimator.draining_until_ns = 0
    if calm(estimator) and not estimator.trend.overusing and estimator.rate.bps > 0:
        rate_grow(&estimator.rate, acked / (1 - inherent_loss(estimator, now_ns)), now_ns)
    publish(estimator, now_ns)

# ---------------------------------------------------------------- the rest


cdef void estimator_report(Estimator* estimator, int fraction_lost, int64_t rtt_ns, int64_t now_ns) noexcept nogil:
    if rtt_ns > 0:
        estimator.rtt_reported = True
        estimator.rtt_ns = rtt_ns
    if not estimator.heard or now_ns - estimator.heard_ns > <int64_t>GONE_NS:
        estimator.loss += (min(max(fraction_lost, 0), 255) / 256.0 - estimator.loss) * 0.5


cdef void estimator_remb(Estimator* estimator, uint64_t bps, int64_t now_ns) noexcept nogil:
    estimator.remb_bps = bps
    estimator.remb_ns = now_ns
    publish(estimator, now_ns)


cdef void estimator_wish(Estimator* estimator, uint64_t bps, int64_t now_ns) noexcept nogil:
    if bps > estimator.wish_bps and estimator.rate.bps < bps and calm(estimator):
        probe_hurry(&estimator.probing, now_ns)
        probe_leap(&estimator.probing, <double>bps)
    estimator.wish_bps = bps


cdef bint estimator_probe(Estimator* estimator, int64_t now_ns, Probe* out) noexcept nogil:
    out.cluster = 0
    if not calm(estimator):
        return False
    return probe_due(
        &estimator.probing, estimator.rate.bps, <double>estimator.wish_bps, estimator.heard, now_ns, out)


cdef int64_t next_tick(const Estimator* estimator, int64_t now_ns) noexcept nogil:
    """Seldom where nothing is under way: each tick wakes the engine, and finds the estimator of that receiver cold."""
    if estimator.heard and (
            estimator.rate.bps == 0 or estimator.probing.probe.cluster != 0
            or estimator.overusing or now_ns < estimator.draining_until_ns):
        return now_ns + TICK_NS
    if estimator.wish_bps != 0 and estimator.probing.next_ns > now_ns:
        return min(estimator.probing.next_ns, now_ns + IDLE_TICK_NS)
    return now_ns + IDLE_TICK_NS


cdef int64_t estimator_tick(Estimator* estimator, int64_t now_ns) noexcept nogil:
    if probe_overdue(&estimator.probing, estimator.rtt_ns, now_ns):
        take_probe(estimator, 0, now_ns)
    first_estimate(estimator, now_ns)
    if estimator.overusing and now_ns - estimator.heard_ns > <int64_t>GONE_NS:
        estimator.overusing = False
    publish(estimator, now_ns)
    return next_tick(estimator, now_ns)


# For tests.

SIZE = sizeof(Estimator)


cdef class BandwidthEstimator:
    cdef Estimator* state

    def __cinit__(self, int64_t now_ns=0):
        self.state = <Estimator*>calloc(1, sizeof(Estimator))
        if self.state == NULL:
            raise MemoryError
        estimator_start(self.state, now_ns)

    def __dealloc__(self):
        free(self.state)

    def start(self, int64_t now_ns):
        estimator_start(self.state, now_ns)

    def sent(self, int transport_sequence, int size, int cluster, int64_t now_ns):
        estimator_sent(self.state, <uint16_t>transport_sequence, size, cluster, now_ns)

    def feedback(self, data, int64_t now_ns):
        cdef Py_buffer view
        PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
        try:
            return bool(estimator_feedback(self.state, <const uint8_t*>view.buf, <int>view.len, now_ns))
        finally:
            PyBuffer_Release(&view)

    def report(self, int fraction_lost, int64_t rtt_ns, int64_t now_ns):
        estimator_report(self.state, fraction_lost, rtt_ns, now_ns)

    def remb(self, uint64_t bps, int64_t now_ns):
        estimator_remb(self.state, bps, now_ns)

    def wish(self, uint64_t bps, int64_t now_ns):
        estimator_wish(self.state, bps, now_ns)

    def probe(self, int64_t now_ns):
        cdef Probe out
        if not estimator_probe(self.state, now_ns, &out):
            return None
        return (out.cluster, out.bps, out.octets, out.packets)

    def tick(self, int64_t now_ns):
        return estimator_tick(self.state, now_ns)

    def time_sent(self, int count):
        """Calls `estimator_sent` so many times: for measuring."""
        cdef int index
        for index in range(count):
            estimator_sent(self.state, <uint16_t>index, 1200, 0, index)

    @property
    def estimate_bps(self):
        return self.state.estimate_bps

    @property
    def pacing_bps(self):
        return self.state.pacing_bps

    @property
    def loss(self):
        return self.state.loss

    @property
    def queue_ns(self):
        return self.state.queue_ns

    @property
    def rtt_ns(self):
        return self.state.rtt_ns

    @property
    def overusing(self):
        return bool(self.state.overusing)

    @property
    def wish_bps(self):
        return self.state.wish_bps

    @property
    def details(self):
        """For tuning: what the parts think."""
        return {
            "acked": acked_bps(&self.state.acked, 500 * MS),
            "trend": self.state.trend.trend,
            "threshold": self.state.trend.threshold_ms,
            "trend_overusing": bool(self.state.trend.overusing),
            "inherent": self.state.losses.inherent,
            "trying": bool(self.state.losses.trying),
            "link": self.state.rate.link_bps,
            "probing": self.state.probing.probe.cluster,
        }

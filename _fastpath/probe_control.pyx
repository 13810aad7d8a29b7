"""Probing, for as long as more could be used than is known to fit.

After probe_controller of libwebrtc (January 2026): the first at three times the 300 kbit/s of the start, then twice
the result for as long as that is above 0.7 of the probe; five packets or more.

Different here, because an SFU's layers leave the link unproven most of the time (libwebrtc: every 5 s, in ALR
only):
- One cluster at a time, always bounded by 2.5 times the receiver's wish: room for keyframes, and no more. None at
  or above that.
- Every 1.2 s while the wish does not fit, up to 4 s as results show nothing new; never given up. 18 ms long, so
  that a probe at twice the link's rate adds a queue of 18 ms and no more.
- A result may raise the estimate. It lowers it only when two in succession, both saturated, agree: one may have met
  a burst of somebody else's.
"""
from libc.stdint cimport int64_t, uint64_t

from _fastpath.probe_result cimport PROBE_REJECTED, PROBE_SATURATED, PROBE_UNTOLD, Probe, ProbeMeasure

cdef enum:
    PROBE_NS = 18_000_000
    MIN_PACKETS = 5
    MIN_OCTETS = 1_000
    PACKET_OCTETS = 1_200
    START_BPS = 300_000
    FIRST_BPS = 900_000
    LEAST_BPS = 150_000
    QUICK_NS = 1_200_000_000
    SLOW_NS = 4_000_000_000
    SATISFIED_NS = 2_000_000_000
    MAX_SENDING_NS = 700_000_000
    MAX_WAIT_NS = 800_000_000       # besides the round trip

cdef double MAX_WISHES = 2.5
cdef double ENOUGH = 0.95           # of the cap: not worth a probe
cdef double FURTHER = 0.7
cdef double NEWS = 1.1              # times the estimate: a result that showed something
cdef double LOWER = 0.9
cdef double LEAP = 1.25             # times the new wish
cdef double MAX_LEAP = 4            # times the estimate


cdef double cap_of(double wish_bps) noexcept nogil:
    return MAX_WISHES * wish_bps


cdef double step_of(const ProbeControl* control) noexcept nogil:
    """Smaller where the last ones were lost in a queue too short for them."""
    if control.rejections < 2:
        return 2
    return 1.5 if control.rejections < 4 else 1.25


cdef double target_of(const ProbeControl* control, double estimate_bps, double wish_bps) noexcept nogil:
    cdef double target
    if control.chain_bps > 0:
        target = 2 * control.chain_bps
    elif estimate_bps == 0:
        target = FIRST_BPS
    else:
        target = max(step_of(control) * estimate_bps, <double>LEAST_BPS)
        if control.leap_bps > 0:
            target = max(target, min(LEAP * control.leap_bps, MAX_LEAP * estimate_bps))
    return min(target, cap_of(wish_bps))


cdef bint probe_due(
    ProbeControl* control, double estimate_bps, double wish_bps, bint heard, int64_t now_ns, Probe* out
) noexcept nogil:
    cdef double target
    out.cluster = 0
    if control.probe.cluster != 0 or now_ns < control.next_ns or wish_bps <= 0:
        return False
    if not heard and control.last_cluster != 0:
        return False    # perhaps it never gives feedback: one attempt, until some comes
    if estimate_bps >= ENOUGH * cap_of(wish_bps):
        return False
    target = target_of(control, estimate_bps, wish_bps)
    control.chain_bps = 0
    control.leap_bps = 0
    control.last_cluster = control.last_cluster % 255 + 1
    out.cluster = control.last_cluster
    out.bps = <uint64_t>target
    out.octets = max(<int>(target / 8e9 * PROBE_NS), <int>MIN_OCTETS)
    out.packets = max((out.octets + PACKET_OCTETS - 1) // PACKET_OCTETS, <int>MIN_PACKETS)
    control.probe = out[0]
    control.sent_octets = 0
    control.sent_packets = 0
    control.begun_ns = now_ns
    control.last_sent_ns = now_ns
    if control.period_ns == 0:
        control.period_ns = QUICK_NS
    return True


cdef void probe_packet_sent(
    ProbeControl* control, int64_t sequence, int size, int cluster, int64_t now_ns
) noexcept nogil:
    if cluster != control.probe.cluster:
        return
    if control.sent_packets == 0:
        control.first = sequence
    control.last = sequence
    control.sent_packets += 1
    control.sent_octets += size
    control.last_sent_ns = now_ns


cdef bint probe_complete(const ProbeControl* control) noexcept nogil:
    return (
        control.probe.cluster != 0
        and control.sent_packets >= control.probe.packets
        and control.sent_octets >= control.probe.octets
    )


cdef bint probe_overdue(const ProbeControl* control, int64_t rtt_ns, int64_t now_ns) noexcept nogil:
    if control.probe.cluster == 0:
        return False
    if not probe_complete(control):
        return now_ns - control.begun_ns > MAX_SENDING_NS
    return now_ns - control.last_sent_ns > rtt_ns + MAX_WAIT_NS


cdef void plan_next(ProbeControl* control, bint news, bint satisfied, int64_t now_ns) noexcept nogil:
    if news:
        control.period_ns = QUICK_NS
    else:
        control.period_ns = min(control.period_ns * 3 // 2, <int64_t>SLOW_NS)
    control.next_ns = now_ns + (max(control.period_ns, <int64_t>SATISFIED_NS) if satisfied else control.period_ns)


cdef double probe_concluded(
    ProbeControl* control, const ProbeMeasure* measure, double estimate_bps, double wish_bps, int64_t now_ns
) noexcept nogil:
    cdef double before = estimate_bps
    cdef double target = <double>control.probe.bps
    cdef bint satisfied
    control.probe.cluster = 0
    if measure.outcome == PROBE_UNTOLD:
        control.chain_bps = target / 2      # the same once more
        control.next_ns = now_ns + control.period_ns // 4
        control.period_ns = min(control.period_ns * 3 // 2, <int64_t>SLOW_NS)
        return estimate_bps
    if measure.outcome == PROBE_REJECTED:
        control.rejections += 1
        control.next_ns = now_ns + (control.period_ns // 2 if control.rejections < 6 else <int64_t>SLOW_NS)
        return estimate_bps
    control.rejections = 0
    if measure.outcome == PROBE_SATURATED and measure.bps < LOWER * estimate_bps:
        if control.low_bps > 0:
            estimate_bps = max(control.low_bps, measure.bps)
            control.low_bps = 0
        else:
            control.low_bps = measure.bps
    elif measure.outcome == PROBE_SATURATED or measure.bps >= LOWER * estimate_bps:
        control.low_bps = 0
    estimate_bps = max(estimate_bps, min(measure.bps, max(cap_of(wish_bps), <double>START_BPS)))
    satisfied = estimate_bps >= 1.1 * wish_bps
    plan_next(control, measure.bps > NEWS * before, satisfied, now_ns)
    if control.low_bps > 0:
        control.next_ns = now_ns + QUICK_NS // 2
    if measure.bps > FURTHER * target and measure.bps > before and target < ENOUGH * cap_of(wish_bps):
        control.chain_bps = measure.bps
        control.next_ns = now_ns
    return estimate_bps


cdef void probe_postpone(ProbeControl* control, int64_t until_ns) noexcept nogil:
    control.chain_bps = 0
    control.next_ns = max(control.next_ns, until_ns)


cdef void probe_hurry(ProbeControl* control, int64_t now_ns) noexcept nogil:
    control.period_ns = QUICK_NS
    control.next_ns = min(control.next_ns, now_ns)


cdef void probe_leap(ProbeControl* control, double wish_bps) noexcept nogil:
    control.leap_bps = wish_bps

"""Additive increase, multiplicative decrease, for a sender that rarely fills what it may send.

After draft-ietf-rmcat-gcc-02, 5.5, and aimd_rate_control of libwebrtc (January 2026): up 8 % a second far from the
link's known rate, slowly near it, bounded by what is acknowledged.

Different here. Down goes to 0.92 (not 0.85) of a rate measured while the bottleneck was busy (queue_delay), which
is the link's own and no matter of how much we sent. Up needs acknowledgements near the estimate, and then stops 15
% above them: libwebrtc lets an application-limited estimate grow to 1.5 times; layers would then be chosen by a
rate that nobody has tried. It also stops at 95 % of what a full bottleneck has let out in the last ten seconds, be
it of media or of a probe, so that layers that fill the estimate do not hunt. What lies beyond is for probes to
find. Without traffic the estimate stays.

A probe sees what is free for 18 ms, also what two receivers behind one bottleneck both see. Where congestion
follows a raise within seconds, the next results above that link's rate are not believed for 5 s, then 10, then 20,
unless they are more than twice as high: several senders find places instead of going up and down together.
"""
from libc.math cimport fabs
from libc.stdint cimport int64_t

cdef enum:
    SETTLE_NS = 1_000_000_000   # no growth so soon after a decrease
    MAX_STEP_NS = 200_000_000   # of growth at once

cdef enum:
    REGRET_NS = 8_000_000_000   # a decrease within this after a raise says that the raise was wrong
    LINK_KNOWN_NS = 10_000_000_000  # a full bottleneck's rate bounds the growth; probes renew it sooner
    FIRST_DOUBT_NS = 5_000_000_000
    MAX_DOUBT_NS = 20_000_000_000

cdef double RAISE = 1.05
cdef double KNOWN = 0.95
cdef double UNDOUBTED = 2.0     # times the link's rate when last congested
cdef double FLOOR_BPS = 10_000
cdef double USED = 0.85         # of the estimate: network-limited
cdef double HEADROOM = 1.15
cdef double FAR = 0.08          # a second
cdef double NEAR = 0.03
cdef double NEAR_RANGE = 0.15


cdef int64_t spread(int64_t now_ns) noexcept nogil:
    """0..1023, so that several senders that doubt since the same moment do not try again at the same one."""
    return ((now_ns // 1000) * 40503 >> 6) & 1023


cdef bint rate_decrease(RateControl* rate, double measured_bps, double factor, int64_t now_ns) noexcept nogil:
    cdef double target = max(measured_bps * factor, FLOOR_BPS)
    if rate.bps != 0 and target >= rate.bps:
        return False
    if rate.raised_ns != 0 and now_ns - rate.raised_ns < <int64_t>REGRET_NS:
        rate.doubt_ns = min(max(2 * rate.doubt_ns, <int64_t>FIRST_DOUBT_NS), <int64_t>MAX_DOUBT_NS)
        rate.doubt_until_ns = now_ns + rate.doubt_ns + spread(now_ns) * rate.doubt_ns // 2048
        rate.raised_ns = 0
    rate.bps = target
    rate.link_bps = measured_bps
    rate.link_ns = now_ns
    rate.decreased_ns = now_ns
    return True


cdef void rate_prove(RateControl* rate, double bps) noexcept nogil:
    rate.bps = max(rate.bps, bps)


cdef void rate_grow(RateControl* rate, double acked_bps, int64_t now_ns) noexcept nogil:
    cdef int64_t passed = min(now_ns - rate.grown_ns, <int64_t>MAX_STEP_NS)
    cdef double speed, limit = HEADROOM * acked_bps
    rate.grown_ns = now_ns
    if rate.decreased_ns != 0 and now_ns - rate.decreased_ns < SETTLE_NS:
        return
    if acked_bps < USED * rate.bps:
        return
    if rate.link_ns != 0 and now_ns - rate.link_ns < <int64_t>LINK_KNOWN_NS:
        limit = min(limit, KNOWN * rate.link_bps)
    speed = NEAR if fabs(rate.bps - rate.link_bps) < NEAR_RANGE * rate.link_bps else FAR
    rate.bps = max(rate.bps, min(rate.bps * (1 + speed * passed / 1e9), limit))


cdef double rate_believed(const RateControl* rate, double bps, int64_t now_ns) noexcept nogil:
    if now_ns >= rate.doubt_until_ns or bps > UNDOUBTED * rate.link_bps:
        return bps
    return min(bps, max(rate.bps, rate.stood_bps, KNOWN * rate.link_bps))


cdef void rate_raised(RateControl* rate, double bps, int64_t now_ns) noexcept nogil:
    if bps > RAISE * rate.bps:
        if rate.raised_ns != 0 and now_ns - rate.raised_ns > <int64_t>REGRET_NS:
            rate.doubt_ns = 0       # the one before has stood the test
        if rate.raised_ns == 0 or now_ns - rate.raised_ns > <int64_t>REGRET_NS:
            rate.stood_bps = rate.bps
        rate.raised_ns = now_ns
        rate.moved_ns = now_ns
    rate.bps = bps


cdef void rate_link_seen(RateControl* rate, double bps, int64_t now_ns) noexcept nogil:
    if now_ns >= rate.doubt_until_ns:
        rate.link_bps = bps
        rate.link_ns = now_ns

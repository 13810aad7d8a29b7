"""The delay-gradient detector of Google congestion control.

After draft-ietf-rmcat-gcc-02, 5.1-5.4, with the trendline that took the place of its Kalman filter:
inter_arrival_delta and trendline_estimator of libwebrtc, January 2026. Packets sent within 5 ms are one group, and
so is what arrives in a burst that the network held back. The change of delay from group to group is summed and
smoothed; the slope of a straight line through the last twenty sums, times the number of groups and a gain, is held
against a threshold that follows it slowly, so that a competing flow that lives on queues does not starve us (5.4:
quickly up, slowly down).

Different here: no arrival-time filter on the local clock (feedback that comes late in a bunch has the receiver's
own times), and a silence of more than three seconds begins anew.
"""
from libc.math cimport fabs
from libc.stdint cimport int64_t
from libc.string cimport memset

cdef enum:
    GROUP_NS = 5_000_000
    BURST_NS = 5_000_000
    MAX_BURST_NS = 100_000_000
    SILENCE_NS = 3_000_000_000
    MIN_DELTAS = 60
    OVERUSE_MS = 10

cdef double SMOOTHING = 0.9
cdef double GAIN = 4.0
cdef double FIRST_THRESHOLD_MS = 12.5
cdef double MIN_THRESHOLD_MS = 6.0
cdef double MAX_THRESHOLD_MS = 600.0
cdef double UP = 0.0087
cdef double DOWN = 0.039
cdef double MAX_ADAPT_MS = 15.0     # a spike further above the threshold does not move it


cdef void trend_reset(DelayTrend* trend) noexcept nogil:
    memset(trend, 0, sizeof(DelayTrend))
    trend.threshold_ms = FIRST_THRESHOLD_MS


cdef double slope(const DelayTrend* trend) noexcept nogil:
    """Of the least-squares line through the window: ms of delay per ms."""
    cdef int count = min(trend.count, <int>TREND_WINDOW)
    cdef double mean_at = 0, mean_delay = 0, above = 0, below = 0
    cdef int index
    for index in range(count):
        mean_at += trend.at_ms[index]
        mean_delay += trend.delay_ms[index]
    mean_at /= count
    mean_delay /= count
    for index in range(count):
        above += (trend.at_ms[index] - mean_at) * (trend.delay_ms[index] - mean_delay)
        below += (trend.at_ms[index] - mean_at) * (trend.at_ms[index] - mean_at)
    return above / below if below > 0 else 0


cdef void adapt_threshold(DelayTrend* trend, double modified, double passed_ms) noexcept nogil:
    cdef double distance = fabs(modified) - trend.threshold_ms
    if distance > MAX_ADAPT_MS:
        return
    trend.threshold_ms += (DOWN if distance < 0 else UP) * distance * min(passed_ms, 100.0)
    trend.threshold_ms = min(max(trend.threshold_ms, MIN_THRESHOLD_MS), MAX_THRESHOLD_MS)


cdef void detect(DelayTrend* trend, double sent_delta_ms, int64_t arrival) noexcept nogil:
    cdef double modified = trend.trend * min(trend.deltas, <int>MIN_DELTAS) * GAIN
    if trend.deltas < 2:
        trend.overusing = False
    elif modified > trend.threshold_ms:
        trend.over_ms += sent_delta_ms if trend.over_count > 0 else sent_delta_ms / 2
        trend.over_count += 1
        if trend.over_ms > OVERUSE_MS and trend.over_count > 1 and trend.trend >= trend.previous_trend:
            trend.over_ms = 0
            trend.over_count = 0
            trend.overusing = True
            trend.underusing = False
    else:
        trend.over_ms = 0
        trend.over_count = 0
        trend.overusing = False
        trend.underusing = modified < -trend.threshold_ms
    trend.previous_trend = trend.trend
    if trend.last_update != 0:
        adapt_threshold(trend, modified, (arrival - trend.last_update) / 1e6)
    trend.last_update = arrival


cdef void group_done(DelayTrend* trend) noexcept nogil:
    """The gathered group against the one before it."""
    cdef int64_t sent_delta = trend.last_sent - trend.previous_sent
    cdef int64_t arrival_delta = trend.last_arrival - trend.previous_arrival
    cdef int place
    if arrival_delta < 0:
        return      # reordered
    trend.deltas = min(trend.deltas + 1, 1000)
    if trend.count == 0:
        trend.first_at = trend.last_arrival
    trend.accumulated_ms += (arrival_delta - sent_delta) / 1e6
    trend.smoothed_ms = SMOOTHING * trend.smoothed_ms + (1 - SMOOTHING) * trend.accumulated_ms
    place = trend.count % TREND_WINDOW
    trend.at_ms[place] = (trend.last_arrival - trend.first_at) / 1e6
    trend.delay_ms[place] = trend.smoothed_ms
    trend.count += 1
    if trend.count >= TREND_WINDOW:
        trend.trend = slope(trend)
        if trend.count >= 1_000_000 * TREND_WINDOW:
            trend.count = TREND_WINDOW
    detect(trend, sent_delta / 1e6, trend.last_arrival)


cdef bint same_group(const DelayTrend* trend, int64_t sent_ns, int64_t arrival_ns) noexcept nogil:
    cdef int64_t arrival_delta = arrival_ns - trend.last_arrival
    cdef int64_t propagation = arrival_delta - (sent_ns - trend.last_sent)
    if sent_ns - trend.first_sent <= GROUP_NS:
        return True
    return propagation < 0 and arrival_delta <= BURST_NS and arrival_ns - trend.first_arrival < MAX_BURST_NS


cdef void trend_packet(DelayTrend* trend, int64_t sent_ns, int64_t arrival_ns) noexcept nogil:
    if trend.gathering and sent_ns < trend.first_sent:
        return      # reordered
    if trend.gathering and sent_ns - trend.last_sent > SILENCE_NS:
        trend_reset(trend)
    if trend.gathering and same_group(trend, sent_ns, arrival_ns):
        trend.last_sent = max(trend.last_sent, sent_ns)
        trend.last_arrival = max(trend.last_arrival, arrival_ns)
        return
    if trend.gathering:
        if trend.has_previous:
            group_done(trend)
        trend.has_previous = True
        trend.previous_sent = trend.last_sent
        trend.previous_arrival = trend.last_arrival
    trend.gathering = True
    trend.first_sent = sent_ns
    trend.last_sent = sent_ns
    trend.first_arrival = arrival_ns
    trend.last_arrival = arrival_ns


# For tests.

cdef class Trend:
    cdef DelayTrend state

    def __cinit__(self):
        trend_reset(&self.state)

    def packet(self, int64_t sent_ns, int64_t arrival_ns):
        trend_packet(&self.state, sent_ns, arrival_ns)

    @property
    def slope(self):
        return self.state.trend

    @property
    def threshold_ms(self):
        return self.state.threshold_ms

    @property
    def overusing(self):
        return bool(self.state.overusing)

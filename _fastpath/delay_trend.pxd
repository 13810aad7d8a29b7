"""Does the one-way delay grow? Inter-arrival groups, a trendline over them, an adaptive threshold."""
from libc.stdint cimport int64_t

cdef enum:
    TREND_WINDOW = 20

cdef struct DelayTrend:
    # The burst that is being gathered and the one before it: newest sending and arrival times.
    int64_t first_sent, last_sent, last_arrival, first_arrival
    int64_t previous_sent, previous_arrival
    bint gathering, has_previous
    # The trendline.
    double accumulated_ms, smoothed_ms
    double at_ms[TREND_WINDOW]
    double delay_ms[TREND_WINDOW]
    int count, deltas
    int64_t first_at
    # The detector.
    double trend, previous_trend, threshold_ms
    double over_ms
    int over_count
    int64_t last_update
    bint overusing, underusing

cdef void trend_reset(DelayTrend* trend) noexcept nogil
# In order of sending; both times in ns, each on its own clock.
cdef void trend_packet(DelayTrend* trend, int64_t sent_ns, int64_t arrival_ns) noexcept nogil

"""The standing queue, and how fast the bottleneck lets packets out while there is one."""
from libc.stdint cimport int32_t, int64_t

from _fastpath.sent_log cimport SentLog

cdef enum:
    BASE_SLICES = 10

cdef struct QueueDelay:
    int32_t least_us[BASE_SLICES]   # least delay of each of the last seconds that packets came in
    int64_t slice_                  # number of the newest second
    bint started

cdef void queue_packet(QueueDelay* queue, int64_t arrival_ns, int32_t delay_us) noexcept nogil
# Forget all but the last `seconds`: the path has become longer.
cdef void queue_rebase(QueueDelay* queue, int seconds) noexcept nogil
# The least delay of about the last ten seconds.
cdef int32_t queue_base_us(const QueueDelay* queue) noexcept nogil
# What no packet of the last `window_ns` escaped: the standing queue.
cdef int64_t queue_standing_ns(const QueueDelay* queue, SentLog* log, int64_t window_ns) noexcept nogil

cdef struct Busy:
    # The newest stretch of packets that all found a queue.
    double received_bps     # the rate at which the bottleneck let them out; 0: no such stretch, or too short
    double sent_bps         # the rate at which they were sent, those lost included
    int64_t span_ns         # of arrival
    int lost, packets

# `inherent`: the share that the path loses in any case.
cdef Busy busy_stretch(const QueueDelay* queue, SentLog* log, double inherent) noexcept nogil
# The rate of a link that lets a burst out at less than half the rate it was sent at, into a queue that grows; 0: no such.
cdef double collapsed_bps(const QueueDelay* queue, SentLog* log) noexcept nogil

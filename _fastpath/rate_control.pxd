"""The estimate itself: how it falls and how it grows."""
from libc.stdint cimport int64_t

cdef struct RateControl:
    double bps                  # 0: not known
    double link_bps             # what the bottleneck let out when it was last full; 0: never
    int64_t link_ns             # when that was
    int64_t decreased_ns        # when last; 0: never
    int64_t grown_ns
    int64_t moved_ns            # up, by more than growth, when last
    # A probe raised the estimate and congestion followed: the next such result waits.
    int64_t raised_ns           # by a probe, when last; 0: never
    int64_t doubt_until_ns, doubt_ns
    double stood_bps            # the estimate before that raise

# To `factor` times a measured rate, never up; True where that moved it.
cdef bint rate_decrease(RateControl* rate, double measured_bps, double factor, int64_t now_ns) noexcept nogil
# A rate that the link has been shown to carry: up to it at once.
cdef void rate_prove(RateControl* rate, double bps) noexcept nogil
# The link is calm and `acked_bps` gets through: grow where that is about all that the estimate allows.
cdef void rate_grow(RateControl* rate, double acked_bps, int64_t now_ns) noexcept nogil
# A probe's result: what of it may be believed now.
cdef double rate_believed(const RateControl* rate, double bps, int64_t now_ns) noexcept nogil
cdef void rate_raised(RateControl* rate, double bps, int64_t now_ns) noexcept nogil
# A probe was let out at this rate by a full bottleneck.
cdef void rate_link_seen(RateControl* rate, double bps, int64_t now_ns) noexcept nogil

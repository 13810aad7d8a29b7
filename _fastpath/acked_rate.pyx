"""Acknowledged rate over a window that ends with the newest arrival, in slices of 25 ms.

After acknowledged_bitrate_estimator of libwebrtc (January 2026), which smooths 150 ms windows by a Bayesian filter. We
take a plain window: the moment of congestion has a measure of its own (busy_rate), so nothing here needs to be quick.
"""
from libc.stdint cimport int64_t
from libc.string cimport memset

cdef enum:
    SLICE_NS = 25_000_000


cdef void acked_add(AckedRate* rate, int64_t arrival_ns, int size) noexcept nogil:
    cdef int64_t slice_ = arrival_ns // SLICE_NS
    if not rate.started or slice_ - rate.newest >= ACKED_SLICES or rate.newest - slice_ >= 10 * ACKED_SLICES:
        memset(rate.octets, 0, sizeof(rate.octets))
        if not rate.started:
            rate.oldest = slice_
        rate.started = True
        rate.newest = slice_
    while rate.newest < slice_:
        rate.newest += 1
        rate.octets[rate.newest & (ACKED_SLICES - 1)] = 0
    if rate.newest - slice_ < ACKED_SLICES:
        rate.octets[slice_ & (ACKED_SLICES - 1)] += size


cdef double acked_bps(const AckedRate* rate, int64_t window_ns) noexcept nogil:
    cdef int64_t slices = min(window_ns // SLICE_NS, <int64_t>ACKED_SLICES)
    cdef int64_t octets = 0
    cdef int64_t index
    if not rate.started:
        return 0
    for index in range(slices):
        octets += rate.octets[(rate.newest - index) & (ACKED_SLICES - 1)]
    return octets * 8e9 / (slices * SLICE_NS)


# For tests.

cdef class Acked:
    cdef AckedRate rate

    def add(self, int64_t arrival_ns, int size):
        acked_add(&self.rate, arrival_ns, size)

    def bps(self, int64_t window_ns=500_000_000):
        return acked_bps(&self.rate, window_ns)

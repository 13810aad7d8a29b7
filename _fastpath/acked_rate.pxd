"""How much of what was sent arrives: octets acknowledged, by their arrival on the receiver's clock."""
from libc.stdint cimport int64_t

cdef enum:
    ACKED_SLICES = 32

cdef struct AckedRate:
    int64_t octets[ACKED_SLICES]    # of slice number n at n modulo ACKED_SLICES
    int64_t newest                  # number of the newest slice
    int64_t oldest                  # of the first slice with anything in it
    bint started

cdef void acked_add(AckedRate* rate, int64_t arrival_ns, int size) noexcept nogil
# Bits per second over the last `window_ns` (at most 800 ms) up to the newest arrival; 0 where nothing is known.
cdef double acked_bps(const AckedRate* rate, int64_t window_ns) noexcept nogil

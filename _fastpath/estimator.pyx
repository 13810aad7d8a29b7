from libc.stdint cimport int64_t, uint8_t, uint16_t, uint64_t
cdef void estimator_start(Estimator* e, int64_t now_ns) noexcept nogil:
    pass
cdef void estimator_sent(Estimator* e, uint16_t transport_sequence, int size, int cluster, int64_t now_ns) noexcept nogil:
    pass
cdef bint estimator_feedback(Estimator* e, const uint8_t* rtcp, int size, int64_t now_ns) noexcept nogil:
    return True
cdef void estimator_report(Estimator* e, int fraction_lost, int64_t rtt_ns, int64_t now_ns) noexcept nogil:
    pass
cdef void estimator_remb(Estimator* e, uint64_t bps, int64_t now_ns) noexcept nogil:
    pass
cdef void estimator_wish(Estimator* e, uint64_t bps, int64_t now_ns) noexcept nogil:
    pass
cdef bint estimator_probe(Estimator* e, int64_t now_ns, Probe* out) noexcept nogil:
    return False
cdef int64_t estimator_tick(Estimator* e, int64_t now_ns) noexcept nogil:
    return now_ns + 1000000000

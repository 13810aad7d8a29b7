"""Joins the Estimator, which knows no Endpoint, to the Endpoint it estimates for."""
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint64_t
from libc.string cimport memset

from _fastpath.estimator cimport (
    Estimator, estimator_feedback, estimator_remb, estimator_report, estimator_sent, estimator_start, estimator_tick,
    estimator_wish)
from _fastpath.events cimport E_ESTIMATE, emit
from _fastpath.table cimport Endpoint, Pacer, State, soonest

cdef enum:
    TELL_NS = 25000000          # Python is told at most so often; GCC moves about as often
    TELL_PERCENT = 3            # and only of changes of so much
    RATE_NS = 1000000000


cdef inline void charge(Pacer* pacer, int size) noexcept nogil:
    pacer.credit -= size
    pacer.in_quantum += 1
    if pacer.probe.cluster:
        pacer.probe_octets += size
        pacer.probe_packets += 1


cdef void note_sent(State* state, Endpoint* endpoint, uint16_t transport_sequence, int size) noexcept nogil:
    if endpoint.estimator == NULL:
        return
    estimator_sent(endpoint.estimator, transport_sequence, size, endpoint.pacer.probe.cluster, state.now_ns)
    charge(endpoint.pacer, size)


cdef void note_repeated(Endpoint* endpoint, int size) noexcept nogil:
    if endpoint.pacer != NULL:
        charge(endpoint.pacer, size)


cdef void tell(State* state, Endpoint* endpoint) noexcept nogil:
    cdef uint64_t now = endpoint.estimator.estimate_bps
    cdef uint64_t moved = now - endpoint.told_bps if now > endpoint.told_bps else endpoint.told_bps - now
    if now == 0 or moved * 100 < endpoint.told_bps * TELL_PERCENT or moved == 0:
        return
    if state.now_ns - endpoint.told_ns < TELL_NS:
        soonest(state, endpoint, endpoint.told_ns + TELL_NS)
        return
    if emit(state, E_ESTIMATE, endpoint.object.index, -1, -1, -1, <int64_t>now, NULL, 0):
        endpoint.told_bps = now
        endpoint.told_ns = state.now_ns


cdef void note_feedback(State* state, Endpoint* endpoint, const uint8_t* data, int size) noexcept nogil:
    if endpoint.estimator != NULL and estimator_feedback(endpoint.estimator, data, size, state.now_ns):
        endpoint.estimator_due_ns = state.now_ns  # what follows from it is due now: a decrease, the next probe
        soonest(state, endpoint, state.now_ns)


cdef void note_report(State* state, Endpoint* endpoint, int fraction_lost, int64_t rtt_ns) noexcept nogil:
    if endpoint.estimator != NULL:
        estimator_report(endpoint.estimator, fraction_lost, rtt_ns, state.now_ns)


cdef void note_remb(State* state, Endpoint* endpoint, uint64_t bps) noexcept nogil:
    endpoint.remb_bps = bps
    if endpoint.estimator != NULL:
        estimator_remb(endpoint.estimator, bps, state.now_ns)
        endpoint.estimator_due_ns = state.now_ns
        soonest(state, endpoint, state.now_ns)


cdef void begin_route(State* state, Endpoint* endpoint) noexcept nogil:
    cdef uint64_t wish_bps
    if endpoint.estimator == NULL:
        return
    wish_bps = endpoint.estimator.wish_bps
    memset(endpoint.estimator, 0, sizeof(Estimator))
    estimator_start(endpoint.estimator, state.now_ns)
    set_wish(state, endpoint, wish_bps)


cdef void set_wish(State* state, Endpoint* endpoint, uint64_t bps) noexcept nogil:
    if endpoint.estimator != NULL:
        estimator_wish(endpoint.estimator, bps, state.now_ns)
        endpoint.estimator_due_ns = state.now_ns
        soonest(state, endpoint, state.now_ns)


cdef void run_bandwidth(State* state, Endpoint* endpoint) noexcept nogil:
    cdef int64_t elapsed = state.now_ns - endpoint.sent_since_ns
    if endpoint.estimator == NULL:
        return
    if elapsed >= RATE_NS:
        endpoint.sent_bps = <uint64_t>(<double>(endpoint.sent_octets - endpoint.sent_before) * 8e9 / elapsed)
        endpoint.sent_before = endpoint.sent_octets
        endpoint.sent_since_ns = state.now_ns
    if endpoint.estimator_due_ns <= state.now_ns:
        endpoint.estimator_due_ns = estimator_tick(endpoint.estimator, state.now_ns)
    soonest(state, endpoint, endpoint.estimator_due_ns)
    tell(state, endpoint)

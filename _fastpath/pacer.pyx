"""What leaves for one receiver, and when.

Audio is sent as it comes. Retransmissions come next, then video, then what probes fill up with. Two limits hold for all
but audio (which is counted, so that it takes the others' place):

    the burst     at most BURST packets in QUANTUM_NS: what shallow queues on the way survive
    the credit    a token bucket that fills at the estimator's pacing rate, a few milliseconds deep; below zero where
                  audio has taken more. While a queue on the way drains it is one packet deep: drop-tail takes what
                  comes together. Before the first estimate only the burst limit holds

So while an estimate falls, what is too much waits here, where audio passes it, and not in the network, where audio would
wait with it. A packet that waits is a reference to the one stored copy (`history`); it gets its numbers when it is sent.
What waits too long is worth nothing: the Row stops and begins again with a keyframe. What waits of an earlier source is
passed over.

The receivers for whom something waits are a list of their own (`State.paced`), so that the others cost nothing.
"""
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t

from _fastpath.counters cimport C_DROP_PACER, C_NACK_UNANSWERED, C_PACED, C_PROBES
from _fastpath.estimator cimport Estimator, estimator_probe
from _fastpath.filling cimport fill
from _fastpath.history cimport history_find
from _fastpath.requests cimport want_keyframe
from _fastpath.resend cimport is_former, retransmit
from _fastpath.selection cimport LEAVE_EMPTY, SEND_MARKED, Verdict
from _fastpath.sending cimport read_stored, send_empty, send_one
from _fastpath.table cimport (
    NO_LAYER, PACED, RESENDS, Arrival, Endpoint, Layer, Paced, Pacer, Resend, Row, State, count)
from _fastpath.wire cimport unwrap32

cdef enum:
    BURST = 8                   # packets at once: see `socket_batch.RUN`
    QUANTUM_NS = 250000
    DEPTH_NS = 10000000         # of the bucket: a frame leaves in one go while the rate allows for it
    MIN_DEPTH = 2400            # octets: two full packets
    MAX_DEPTH = 9600
    DRAINING_DEPTH = 1          # one packet at once: a full queue has no room for two
    UNBOUNDED = 1 << 30         # credit for a round before there is an estimate
    MAX_WAIT_US = 800000        # longer than a keyframe takes at the pace of a link that has just become narrow
    SOON_NS = 1000000000

cdef int64_t NEVER = 0x7FFFFFFFFFFFFFFFLL
cdef int64_t OCTET_NS = 8000000000LL    # at one bit per second


# --- the two limits -----------------------------------------------------------------------------------------------


cdef inline bint is_draining(const Estimator* estimator) noexcept nogil:
    """A queue stands on the way: it is sent no faster than the estimate."""
    return estimator.estimate_bps != 0 and estimator.pacing_bps <= estimator.estimate_bps


cdef void refill(State* state, Endpoint* endpoint) noexcept nogil:
    cdef Pacer* pacer = endpoint.pacer
    cdef int64_t rate = <int64_t>endpoint.estimator.pacing_bps
    cdef int64_t passed = state.now_ns - pacer.refilled_ns
    cdef int64_t depth = rate * DEPTH_NS // OCTET_NS
    if state.now_ns - pacer.quantum_ns >= QUANTUM_NS:
        pacer.quantum_ns = state.now_ns
        pacer.in_quantum = 0
    pacer.refilled_ns = state.now_ns
    if rate == 0:
        pacer.credit = UNBOUNDED
        return
    if depth < MIN_DEPTH:
        depth = MIN_DEPTH
    if depth > MAX_DEPTH:
        depth = MAX_DEPTH
    if is_draining(endpoint.estimator):
        depth = DRAINING_DEPTH
    if passed > SOON_NS:
        pacer.credit = depth
        return
    pacer.credit += rate * passed // OCTET_NS
    if pacer.credit > depth:
        pacer.credit = depth


cdef inline bint admits(State* state, Endpoint* endpoint) noexcept nogil:
    if endpoint.pacer.refilled_ns != state.now_ns:  # once per round: packets of a batch share a clock reading
        refill(state, endpoint)
    return endpoint.pacer.in_quantum < BURST and endpoint.pacer.credit > 0


cdef int64_t opens_ns(State* state, Endpoint* endpoint) noexcept nogil:
    """When the limits will let something pass."""
    cdef Pacer* pacer = endpoint.pacer
    cdef int64_t due = state.now_ns + 1
    if pacer.in_quantum >= BURST:
        due = pacer.quantum_ns + QUANTUM_NS
    if pacer.credit <= 0 and endpoint.estimator.pacing_bps:
        due = max(due, state.now_ns + (1 - pacer.credit) * OCTET_NS // <int64_t>endpoint.estimator.pacing_bps)
    return due


# --- waiting ------------------------------------------------------------------------------------------------------


cdef void enlist(State* state, Endpoint* endpoint, int64_t due_ns) noexcept nogil:
    cdef Pacer* pacer = endpoint.pacer
    if not pacer.listed:
        pacer.listed = True
        pacer.due_ns = due_ns
        pacer.next = state.paced
        state.paced = endpoint
    elif due_ns < pacer.due_ns:
        pacer.due_ns = due_ns


cdef void give_up(State* state, Row* row) noexcept nogil:
    """What waits of this Row comes too late or is gone: begin again with a keyframe."""
    cdef Layer* layer = row.track.layers[row.target] if row.track != NULL and row.target != NO_LAYER else NULL
    row.layer = NO_LAYER
    count(state, C_DROP_PACER)
    if layer != NULL:
        want_keyframe(state, layer)


cdef inline bint holds(const Paced* item) noexcept nogil:
    """Is it still what the Row carries?"""
    return item.row != NULL and item.row.layer != NO_LAYER and <uint8_t>item.row.source == item.source


cdef inline bint something_waits(Pacer* pacer) noexcept nogil:
    while pacer.head != pacer.tail and not holds(&pacer.waiting[pacer.head & (PACED - 1)]):
        pacer.head += 1
    while pacer.resend_head != pacer.resend_tail and pacer.resends[pacer.resend_head & (RESENDS - 1)].row == NULL:
        pacer.resend_head += 1
    return pacer.head != pacer.tail or pacer.resend_head != pacer.resend_tail


cdef bint wait(State* state, Row* row, const Arrival* arrival, Verdict verdict) noexcept nogil:
    """False where the queue is too long."""
    cdef Endpoint* endpoint = row.endpoint
    cdef Pacer* pacer = endpoint.pacer
    cdef Paced* item = &pacer.waiting[pacer.tail & (PACED - 1)]
    cdef Paced* first = &pacer.waiting[pacer.head & (PACED - 1)]
    if pacer.tail - pacer.head == PACED:
        return False
    if pacer.tail != pacer.head and state.now_us - first.since_us > MAX_WAIT_US:
        return False
    item.row = row
    item.sequence = <int32_t>arrival.sequence
    item.source = <uint8_t>row.source
    item.verdict = <uint8_t>verdict
    item.since_us = state.now_us
    pacer.tail += 1
    state.counters[C_PACED] += 1
    enlist(state, endpoint, opens_ns(state, endpoint))
    return True


cdef inline void send_as(State* state, Row* row, const Arrival* arrival, int verdict) noexcept nogil:
    if verdict == LEAVE_EMPTY:
        send_empty(state, row, arrival)
    else:
        send_one(state, row, arrival, verdict == SEND_MARKED)


cdef void pace(State* state, Row* row, const Arrival* arrival, Verdict verdict) noexcept nogil:
    cdef Pacer* pacer = row.endpoint.pacer
    if pacer == NULL or not row.video or (not something_waits(pacer) and admits(state, row.endpoint)):
        send_as(state, row, arrival, verdict)
    elif not wait(state, row, arrival, verdict):
        give_up(state, row)


cdef void pace_resend(State* state, Row* row, uint16_t sequence) noexcept nogil:
    cdef Endpoint* endpoint = row.endpoint
    cdef Pacer* pacer = endpoint.pacer
    cdef Resend* item
    cdef uint32_t i
    if pacer == NULL or not row.video or (pacer.resend_head == pacer.resend_tail and admits(state, endpoint)):
        answer(state, row, sequence)
        return
    for i in range(pacer.resend_tail - pacer.resend_head):
        item = &pacer.resends[(pacer.resend_head + i) & (RESENDS - 1)]
        if item.row == row and item.sequence == sequence:
            return
    if pacer.resend_tail - pacer.resend_head == RESENDS:
        count(state, C_NACK_UNANSWERED)
        return
    item = &pacer.resends[pacer.resend_tail & (RESENDS - 1)]
    item.row = row
    item.sequence = sequence
    pacer.resend_tail += 1
    enlist(state, endpoint, opens_ns(state, endpoint))


cdef void answer(State* state, Row* row, uint16_t sequence) noexcept nogil:
    """Repairs of an earlier source only where nothing of the present one waits for them, here or in the network."""
    cdef Pacer* pacer = row.endpoint.pacer
    cdef bint is_tight = pacer != NULL and (pacer.head != pacer.tail or is_draining(row.endpoint.estimator))
    if (is_tight and (row.layer == NO_LAYER or is_former(row, sequence))) or not retransmit(state, row, sequence):
        count(state, C_NACK_UNANSWERED)


# --- sending what waits -------------------------------------------------------------------------------------------


cdef void send_waiting(State* state, const Paced* item) noexcept nogil:
    cdef Row* row = item.row
    cdef Layer* layer
    cdef Arrival arrival
    cdef int64_t sequence
    cdef uint8_t* data
    cdef int size
    layer = row.track.layers[row.layer]
    sequence = unwrap32(layer.highest, <uint32_t>item.sequence)
    data = history_find(&layer.history, sequence, &size)
    if data == NULL or not read_stored(layer, sequence, data, size, &arrival):
        give_up(state, row)
        return
    send_as(state, row, &arrival, item.verdict)


cdef void send_next(State* state, Pacer* pacer) noexcept nogil:
    """`something_waits`: retransmissions first."""
    cdef Resend resend
    cdef Paced item
    if pacer.resend_head != pacer.resend_tail:
        resend = pacer.resends[pacer.resend_head & (RESENDS - 1)]
        pacer.resend_head += 1
        answer(state, resend.row, resend.sequence)
        return
    item = pacer.waiting[pacer.head & (PACED - 1)]
    pacer.head += 1
    send_waiting(state, &item)


cdef void forget_waiting(Row* row) noexcept nogil:
    cdef Pacer* pacer = row.endpoint.pacer
    cdef int i
    if pacer == NULL:
        return
    for i in range(PACED):
        if pacer.waiting[i].row == row:
            pacer.waiting[i].row = NULL
    for i in range(RESENDS):
        if pacer.resends[i].row == row:
            pacer.resends[i].row = NULL


# --- probes -------------------------------------------------------------------------------------------------------


cdef void begin_probe(State* state, Endpoint* endpoint) noexcept nogil:
    cdef Pacer* pacer = endpoint.pacer
    if pacer == NULL or pacer.probe.cluster or not estimator_probe(endpoint.estimator, state.now_ns, &pacer.probe):
        return
    pacer.probe_octets = pacer.probe_packets = 0
    pacer.probe_began_ns = state.now_ns
    count(state, C_PROBES)
    enlist(state, endpoint, state.now_ns)


cdef int64_t send_probe(State* state, Endpoint* endpoint) noexcept nogil:
    """Fill up to the cluster's rate, media of the time counted; when to go on, NEVER where it is done."""
    cdef Pacer* pacer = endpoint.pacer
    cdef int each = pacer.probe.octets // max(pacer.probe.packets, 1)
    cdef int64_t due
    while pacer.probe_octets < pacer.probe.octets or pacer.probe_packets < pacer.probe.packets:
        due = pacer.probe_began_ns + pacer.probe_octets * OCTET_NS // (
            <int64_t>pacer.probe.bps or 1)
        if due > state.now_ns:
            return due
        if something_waits(pacer):
            send_next(state, pacer)
        elif not fill(state, endpoint, each):
            break
    pacer.probe.cluster = 0
    return NEVER


# --- the list -----------------------------------------------------------------------------------------------------


cdef void run_pacers(State* state) noexcept nogil:
    cdef Endpoint** link = &state.paced
    cdef Endpoint* endpoint
    cdef Pacer* pacer
    while link[0] != NULL:
        endpoint = link[0]
        pacer = endpoint.pacer
        if pacer.due_ns <= state.now_ns:
            pacer.due_ns = NEVER
            if pacer.probe.cluster:
                pacer.due_ns = send_probe(state, endpoint)
            while something_waits(pacer) and admits(state, endpoint):
                send_next(state, pacer)
            if something_waits(pacer):
                pacer.due_ns = min(pacer.due_ns, opens_ns(state, endpoint))
        if pacer.due_ns == NEVER:
            pacer.listed = False
            link[0] = pacer.next
        else:
            link = &pacer.next


cdef int64_t pacers_due(State* state) noexcept nogil:
    cdef Endpoint* endpoint = state.paced
    cdef int64_t due = NEVER
    while endpoint != NULL:
        if endpoint.pacer.due_ns < due:
            due = endpoint.pacer.due_ns
        endpoint = endpoint.pacer.next
    return due


cdef void leave_pacer(State* state, Endpoint* endpoint) noexcept nogil:
    cdef Endpoint** link = &state.paced
    while link[0] != NULL and link[0] != endpoint:
        link = &link[0].pacer.next
    if link[0] == endpoint:
        link[0] = endpoint.pacer.next

"""The engine's side of the event ring."""
from libc.stdint cimport int64_t, uint8_t
from libc.string cimport memcpy

from _fastpath cimport atomic
from _fastpath.counters cimport C_DROP_EVENT
from _fastpath.kernel cimport eventfd_write
from _fastpath.table cimport EVENTS, EVENT_SLOTS, SLOT_OCTETS, Event, EventRing, State, count


cdef bint emit(
    State* state, int kind, int endpoint, int track, int layer, int row, int64_t value,
    const uint8_t* data, int size) noexcept nogil:
    """Queue one event; False (and a count) where the ring is full."""
    cdef EventRing* ring = &state.events
    cdef Event* event
    if ring.head - atomic.load(&ring.tail) >= EVENTS or size > SLOT_OCTETS:
        count(state, C_DROP_EVENT)
        return False
    event = &ring.events[ring.head & (EVENTS - 1)]
    event.slot = -1
    if size > 0:
        if ring.slot_head - atomic.load(&ring.slot_tail) >= EVENT_SLOTS:
            count(state, C_DROP_EVENT)
            return False
        event.slot = <int>(ring.slot_head & (EVENT_SLOTS - 1))
        memcpy(ring.slots + <size_t>event.slot * SLOT_OCTETS, data, size)
        ring.slot_head += 1
    event.kind = kind
    event.endpoint = endpoint
    event.track = track
    event.layer = layer
    event.row = row
    event.value = value
    event.size = size
    atomic.store(&ring.head, ring.head + 1)
    return True


cdef void signal_events(State* state) noexcept nogil:
    cdef EventRing* ring = &state.events
    cdef bint waiting = ring.head != atomic.load(&ring.tail)
    if state.retired != NULL and state.mailbox == NULL:
        # Python takes the whole chain at once; only this thread fills an empty mailbox.
        atomic.exchange_pointer(&state.mailbox, state.retired)
        state.retired = NULL
        waiting = True
    if waiting and ring.fd >= 0 and atomic.exchange(&ring.signalled, 1) == 0:
        eventfd_write(ring.fd, 1)

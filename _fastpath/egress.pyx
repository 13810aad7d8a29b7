"""One arena of packet slots; when it is full or the batch is over, everything leaves in a few system calls."""
from libc.stdint cimport uint8_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memcpy

from _fastpath.counters cimport C_DROP_NO_PATH, C_DROP_NOT_KEYED, C_DROP_PROTECT, C_DROP_SEND, C_SENT, C_SENT_OCTETS
from _fastpath.socket_batch cimport EGRESS, EGRESS_OCTETS, Sockets, send_batch
from _fastpath.srtp cimport SrtpFunctions, Transform, srtp_functions
from _fastpath.table cimport Address, Egress, Endpoint, State, count

cdef SrtpFunctions* srtp = srtp_functions()


cdef bint new_egress(State* state) noexcept nogil:
    cdef Egress* egress = &state.egress
    egress.octets = <uint8_t*>malloc(<size_t>EGRESS * EGRESS_OCTETS)
    egress.addresses = <Address*>calloc(EGRESS, sizeof(Address))
    egress.sizes = <int*>calloc(EGRESS, sizeof(int))
    return egress.octets != NULL and egress.addresses != NULL and egress.sizes != NULL


cdef void free_egress(State* state) noexcept nogil:
    free(state.egress.octets)
    free(state.egress.addresses)
    free(state.egress.sizes)


cdef uint8_t* reserve(State* state) noexcept nogil:
    if state.egress.count == EGRESS:
        flush(state)
    return state.egress.octets + <size_t>state.egress.count * EGRESS_OCTETS


cdef void commit(State* state, Endpoint* endpoint, int size) noexcept nogil:
    if endpoint.selected < 0:
        count(state, C_DROP_NO_PATH)
        return
    endpoint.sent_packets += 1
    endpoint.sent_octets += size
    commit_to(state, &endpoint.paths[endpoint.selected].address, size)


cdef void commit_to(State* state, const Address* address, int size) noexcept nogil:
    cdef Egress* egress = &state.egress
    egress.addresses[egress.count] = address[0]
    egress.sizes[egress.count] = size
    egress.count += 1


cdef inline int seal(
    State* state, Endpoint* endpoint, Transform protect, uint8_t* packet, int size) noexcept nogil:
    """0 where the Endpoint has no keys or no path, or libsrtp refuses."""
    if endpoint.send == NULL:
        count(state, C_DROP_NOT_KEYED)
        return 0
    if endpoint.selected < 0:
        count(state, C_DROP_NO_PATH)
        return 0
    if protect(endpoint.send, packet, &size) != 0:
        count(state, C_DROP_PROTECT)
        return 0
    commit(state, endpoint, size)
    return size


cdef int commit_rtp(State* state, Endpoint* endpoint, uint8_t* packet, int size) noexcept nogil:
    return seal(state, endpoint, srtp.protect, packet, size)


cdef int commit_rtcp(State* state, Endpoint* endpoint, uint8_t* packet, int size) noexcept nogil:
    return seal(state, endpoint, srtp.protect_rtcp, packet, size)


cdef void capture(State* state, Capture* out) noexcept nogil:
    """Step mode: append everything to the block that `Engine.step` reads."""
    cdef Egress* egress = &state.egress
    cdef int i
    cdef size_t need
    cdef void* grown
    for i in range(egress.count):
        need = sizeof(int) + sizeof(Address) + egress.sizes[i]
        if out.size + need > out.capacity:
            grown = realloc(out.octets, (out.capacity + need) * 2)
            if grown == NULL:
                count(state, C_DROP_SEND)
                continue
            out.octets = <uint8_t*>grown
            out.capacity = (out.capacity + need) * 2
        memcpy(out.octets + out.size, &egress.sizes[i], sizeof(int))
        memcpy(out.octets + out.size + sizeof(int), &egress.addresses[i], sizeof(Address))
        memcpy(out.octets + out.size + sizeof(int) + sizeof(Address), egress.octets + <size_t>i * EGRESS_OCTETS,
               egress.sizes[i])
        out.size += need
        state.counters[C_SENT] += 1
        state.counters[C_SENT_OCTETS] += egress.sizes[i]


cdef void flush(State* state) noexcept nogil:
    if state.egress.count == 0:
        return
    if state.capture != NULL:
        capture(state, <Capture*>state.capture)
    elif state.sockets != NULL:
        send_batch(state, <Sockets*>state.sockets, &state.egress)
    state.egress.count = 0

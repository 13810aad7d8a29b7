"""STUN in, answer out, and the choice of a path.

An address enters the table only through a check whose integrity holds under an Endpoint's password; nothing else ever
moves an Endpoint. Among proven and nominated paths the client's own choice is followed: the one on which its media comes
(SRTP authenticated), or a newly nominated one when the old has been quiet for a second.
"""
from libc.stdint cimport uint8_t
from libc.string cimport memcmp

from _fastpath.bandwidth cimport begin_route
from _fastpath.counters cimport C_DROP_STUN_INTEGRITY, C_DROP_STUN_MALFORMED, C_DROP_STUN_UNKNOWN, C_STUN_ANSWERED
from _fastpath.demux cimport AddressTable, UfragTable, find_address, find_ufrag, put_address, remove_address, \
    remove_ufrag
from _fastpath.egress cimport commit_to, reserve
from _fastpath.events cimport E_ALIVE, E_PATH, emit
from _fastpath.forwarding cimport begin_rows
from _fastpath.socket_batch cimport Datagram
from _fastpath.stun cimport BindingRequest, parse_binding_request, verify_integrity, write_binding_success
from _fastpath.table cimport MAX_PATHS, Address, Credentials, Endpoint, Path, State, count, soonest

cdef enum:
    QUIET_NS = 1000000000       # a nominated path may take over from one that has been quiet this long


cdef Credentials* proven_by(State* state, Endpoint* endpoint, const BindingRequest* request) noexcept nogil:
    """The credentials that the check was made with, or NULL."""
    cdef Credentials* credentials
    cdef int i
    for i in range(2):
        credentials = &endpoint.credentials[i]
        if (credentials.ufrag_size == request.local_size and credentials.ufrag_size > 0
                and memcmp(credentials.ufrag, request.username, request.local_size) == 0
                and verify_integrity(request, &credentials.key)):
            return credentials
    return NULL


cdef Path* find_path(Endpoint* endpoint, const Address* address) noexcept nogil:
    cdef int i
    for i in range(MAX_PATHS):
        if endpoint.paths[i].used and memcmp(&endpoint.paths[i].address, address, sizeof(Address)) == 0:
            return &endpoint.paths[i]
    return NULL


cdef Path* add_path(State* state, Endpoint* endpoint, const Address* address) noexcept nogil:
    """A new proven address, in place of the one that has been quiet longest where all are taken."""
    cdef AddressTable* table = <AddressTable*>state.paths
    cdef Endpoint* other = find_address(table, address)
    cdef int chosen = -1
    cdef int i
    if other != NULL and other != endpoint:
        drop_path(state, address)  # a NAT has given the same address to another client
    for i in range(MAX_PATHS):
        if not endpoint.paths[i].used:
            chosen = i
            break
        if i != endpoint.selected and (
                chosen < 0 or endpoint.paths[i].last_received_ns < endpoint.paths[chosen].last_received_ns):
            chosen = i
    if endpoint.paths[chosen].used:
        remove_address(table, &endpoint.paths[chosen].address)
    endpoint.paths[chosen].used = False
    if not put_address(table, address, endpoint):
        return NULL
    endpoint.paths[chosen].used = True
    endpoint.paths[chosen].nominated = False
    endpoint.paths[chosen].address = address[0]
    endpoint.paths[chosen].last_received_ns = state.now_ns
    return &endpoint.paths[chosen]


cdef void tell_path(State* state, Endpoint* endpoint) noexcept nogil:
    emit(state, E_PATH, endpoint.object.index, -1, -1, -1, 0,
         <const uint8_t*>&endpoint.paths[endpoint.selected].address, sizeof(Address))
    begin_route(state, endpoint)


cdef void choose(State* state, Endpoint* endpoint, Path* path) noexcept nogil:
    """A check has succeeded on `path`: should the Endpoint move there?"""
    cdef int index = <int>(path - endpoint.paths)
    cdef Path* now
    cdef bint lost
    if endpoint.selected == index:
        return
    if endpoint.selected >= 0:
        now = &endpoint.paths[endpoint.selected]
        if not path.nominated or (now.nominated and state.now_ns - now.last_received_ns < QUIET_NS):
            return
    lost = endpoint.selected < 0
    endpoint.selected = index
    tell_path(state, endpoint)
    if lost:
        begin_rows(state, endpoint)


cdef void note_received(State* state, Endpoint* endpoint, const Address* address, bint authentic) noexcept nogil:
    cdef Path* path
    endpoint.last_received_ns = state.now_ns
    if endpoint.silent:
        endpoint.silent = False
        emit(state, E_ALIVE, endpoint.object.index, -1, -1, -1, 0, NULL, 0)
    path = &endpoint.paths[endpoint.selected] if endpoint.selected >= 0 else NULL
    if path != NULL and memcmp(&path.address, address, sizeof(Address)) == 0:
        path.last_received_ns = state.now_ns
        return
    path = find_path(endpoint, address)
    if path == NULL:
        return
    path.last_received_ns = state.now_ns
    if authentic and path.nominated:
        endpoint.selected = <int>(path - endpoint.paths)
        tell_path(state, endpoint)


cdef void drop_path(State* state, const Address* address) noexcept nogil:
    """Forget an address: its TCP connection has ended, or it belongs to somebody else now."""
    cdef AddressTable* table = <AddressTable*>state.paths
    cdef Endpoint* endpoint = find_address(table, address)
    cdef Path* path
    cdef int i
    if endpoint == NULL:
        return
    remove_address(table, address)
    path = find_path(endpoint, address)
    if path == NULL:
        return
    path.used = False
    if endpoint.selected != <int>(path - endpoint.paths):
        return
    endpoint.selected = -1
    for i in range(MAX_PATHS):
        if endpoint.paths[i].used and (endpoint.selected < 0 or endpoint.paths[i].last_received_ns
                                       > endpoint.paths[endpoint.selected].last_received_ns):
            endpoint.selected = i
    if endpoint.selected >= 0:
        tell_path(state, endpoint)


cdef void settle_restart(State* state, Endpoint* endpoint, Credentials* used) noexcept nogil:
    """A check with the new credentials ends the life of the old ones."""
    cdef Credentials* old = &endpoint.credentials[1]
    if used == &endpoint.credentials[0] and old.ufrag_size > 0:
        remove_ufrag(<UfragTable*>state.ufrags, old.ufrag, old.ufrag_size)
        old.ufrag_size = 0


cdef void handle_check(State* state, Datagram* datagram) noexcept nogil:
    cdef BindingRequest request
    cdef Endpoint* endpoint
    cdef Credentials* credentials
    cdef Path* path
    cdef uint8_t* out
    cdef Address* from_ = &datagram.address
    if not parse_binding_request(datagram.data, datagram.size, &request):
        count(state, C_DROP_STUN_MALFORMED)
        return
    endpoint = find_ufrag(<UfragTable*>state.ufrags, request.username, request.local_size)
    if endpoint == NULL:
        count(state, C_DROP_STUN_UNKNOWN)
        return
    credentials = proven_by(state, endpoint, &request)
    if credentials == NULL:
        count(state, C_DROP_STUN_INTEGRITY)
        return
    settle_restart(state, endpoint, credentials)
    path = find_path(endpoint, from_)
    if path == NULL:
        path = add_path(state, endpoint, from_)
        if path == NULL:
            return
    path.priority = request.priority
    if request.use_candidate:
        path.nominated = True
    choose(state, endpoint, path)
    endpoint.last_consent_ns = state.now_ns
    endpoint.expired = False
    note_received(state, endpoint, from_, False)
    soonest(state, endpoint, state.now_ns + QUIET_NS)
    out = reserve(state)
    commit_to(state, from_, write_binding_success(
        out, &request, &credentials.key, from_.ip, 4 if from_.family == 4 else 16, from_.port))
    count(state, C_STUN_ANSWERED)

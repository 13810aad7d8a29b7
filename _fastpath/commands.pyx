"""The engine's side: each command is one small change of the table.

Pointers in commands are allocated by Python; what a command replaces or removes goes on the retired chain and is freed by
Python. A command about something that is gone already does nothing: Python may not know yet.
"""
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport calloc
from libc.string cimport memcpy

from _fastpath cimport atomic
from _fastpath.bandwidth cimport begin_route, set_wish
from _fastpath.demux cimport AddressTable, UfragTable, put_ufrag, remove_address, remove_ufrag
from _fastpath.egress cimport commit, reserve
from _fastpath.events cimport E_ACK, emit
from _fastpath.fec_encoder cimport fec_reset
from _fastpath.forwarding cimport begin_rows, forget_layer, interrupt, set_source
from _fastpath.ingress cimport bind_layer, unbind_layer
from _fastpath.outgoing cimport add_outgoing
from _fastpath.pacer cimport forget_waiting, leave_pacer
from _fastpath.requests cimport want_keyframe
from _fastpath.srtp cimport Session
from _fastpath.table cimport (
    HIGHEST, MAX_LAYERS, MAX_PATHS, NO_LAYER, OUTGOING_SSRCS, Block, Credentials, Endpoint, ExtensionTable, Layer, Object,
    PayloadMap, Row, State, Track, draw, retire, soonest)


cdef bint new_commands(CommandRing* ring) noexcept nogil:
    ring.commands = <Command*>calloc(COMMANDS, sizeof(Command))
    ring.head = ring.tail = 0
    return ring.commands != NULL


cdef int room_for_commands(CommandRing* ring) noexcept nogil:
    return <int>(COMMANDS - (ring.head - atomic.load(&ring.tail)))


cdef bint push_command(CommandRing* ring, const Command* command) noexcept nogil:
    if room_for_commands(ring) == 0:
        return False
    ring.commands[ring.head & (COMMANDS - 1)] = command[0]
    atomic.store(&ring.head, ring.head + 1)
    return True


# --- endpoints ----------------------------------------------------------------------------------------------------


cdef void put_credentials(State* state, Endpoint* endpoint, const Command* command) noexcept nogil:
    cdef Credentials* now = &endpoint.credentials[0]
    cdef Credentials* before = &endpoint.credentials[1]
    if before.ufrag_size:
        remove_ufrag(<UfragTable*>state.ufrags, before.ufrag, before.ufrag_size)
    before[0] = now[0]
    memcpy(now.ufrag, command.ufrag, command.ufrag_size)
    now.ufrag_size = command.ufrag_size
    now.key = command.key
    put_ufrag(<UfragTable*>state.ufrags, now.ufrag, now.ufrag_size, endpoint)


cdef void add_endpoint(State* state, const Command* command) noexcept nogil:
    cdef Endpoint* endpoint = <Endpoint*>command.pointer
    cdef int index = endpoint.object.index
    state.endpoints[index] = endpoint
    if index >= state.endpoint_top:
        state.endpoint_top = index + 1
    endpoint.selected = -1
    endpoint.ssrc = draw(state)
    endpoint.transport_sequence = draw(state) & 0x7FFF
    endpoint.created_ns = state.now_ns
    put_credentials(state, endpoint, command)
    state.due[index] = state.now_ns


cdef void remove_row(State* state, Row* row) noexcept nogil:
    """The outgoing table is rebuilt without it: Rows come and go with their Endpoint, hardly ever alone."""
    cdef Endpoint* endpoint = row.endpoint
    cdef Row** link = &endpoint.rows
    cdef Row* other
    cdef int i
    set_source(state, row, NULL, NO_LAYER, HIGHEST, HIGHEST, -1)
    forget_waiting(row)
    while link[0] != NULL and link[0] != row:
        link = &link[0].next_in_endpoint
    if link[0] == row:
        link[0] = row.next_in_endpoint
    for i in range(OUTGOING_SSRCS):
        endpoint.outgoing[i].row = NULL
    other = endpoint.rows
    while other != NULL:
        add_outgoing(endpoint, other.ssrc, other)
        if other.rtx_ssrc:
            add_outgoing(endpoint, other.rtx_ssrc, other)
        other = other.next_in_endpoint
    state.rows[row.object.index] = NULL
    retire(state, &row.object)


cdef void remove_layer(State* state, Layer* layer) noexcept nogil:
    cdef Endpoint* endpoint = layer.track.endpoint
    cdef Layer** link = &endpoint.layers
    unbind_layer(endpoint, layer)
    forget_layer(state, layer)
    while link[0] != NULL and link[0] != layer:
        link = &link[0].next_in_endpoint
    if link[0] == layer:
        link[0] = layer.next_in_endpoint
    retire(state, &layer.object)


cdef void remove_track(State* state, Track* track) noexcept nogil:
    cdef Track** link = &track.endpoint.tracks
    cdef int i
    while track.rows != NULL:
        set_source(state, track.rows, NULL, NO_LAYER, HIGHEST, HIGHEST, -1)
    for i in range(MAX_LAYERS):
        if track.layers[i] != NULL:
            remove_layer(state, track.layers[i])
    while link[0] != NULL and link[0] != track:
        link = &link[0].next_in_endpoint
    if link[0] == track:
        link[0] = track.next_in_endpoint
    state.tracks[track.object.index] = NULL
    retire(state, &track.object)


cdef void remove_endpoint(State* state, Endpoint* endpoint) noexcept nogil:
    cdef int i
    while endpoint.rows != NULL:
        remove_row(state, endpoint.rows)
    while endpoint.tracks != NULL:
        remove_track(state, endpoint.tracks)
    leave_pacer(state, endpoint)
    for i in range(MAX_PATHS):
        if endpoint.paths[i].used:
            remove_address(<AddressTable*>state.paths, &endpoint.paths[i].address)
    for i in range(2):
        if endpoint.credentials[i].ufrag_size:
            remove_ufrag(<UfragTable*>state.ufrags, endpoint.credentials[i].ufrag, endpoint.credentials[i].ufrag_size)
    if endpoint.payloads != NULL:
        retire(state, &endpoint.payloads.object)
    if endpoint.extensions != NULL:
        retire(state, &endpoint.extensions.object)
    state.endpoints[endpoint.object.index] = NULL
    while state.endpoint_top > 0 and state.endpoints[state.endpoint_top - 1] == NULL:
        state.endpoint_top -= 1
    retire(state, &endpoint.object)


cdef void set_protection(Endpoint* endpoint, int fec, int red) noexcept nogil:
    """Where the dose turns to or from nothing, what is in a group was not sent as it now would be."""
    cdef Row* row = endpoint.rows
    if (endpoint.fec_dose != 0) != (fec != 0):
        while row != NULL:
            if row.fec != NULL:
                fec_reset(row.fec)
                row.fec.credit = 0
            row = row.next_in_endpoint
    endpoint.fec_dose = fec
    endpoint.red_distance = red


cdef void run_endpoint_command(State* state, const Command* command) noexcept nogil:
    cdef Endpoint* endpoint = state.endpoints[command.a]
    cdef Block* block
    cdef Object* replaced = NULL
    if endpoint == NULL:
        if command.kind == DO_SEND or command.kind == DO_SET_PAYLOADS or command.kind == DO_SET_EXTENSIONS:
            retire(state, <Object*>command.pointer)
        return
    if command.kind == DO_RESTART_ICE:
        put_credentials(state, endpoint, command)
    elif command.kind == DO_SET_KEYS:
        endpoint.receive = <Session>command.pointer
        endpoint.send = <Session>command.second
        begin_rows(state, endpoint)
        soonest(state, endpoint, state.now_ns)
    elif command.kind == DO_SET_PAYLOADS:
        replaced = <Object*>endpoint.payloads
        endpoint.payloads = <PayloadMap*>command.pointer
    elif command.kind == DO_SET_EXTENSIONS:
        replaced = <Object*>endpoint.extensions
        endpoint.extensions = <ExtensionTable*>command.pointer
    elif command.kind == DO_SEND:
        block = <Block*>command.pointer
        memcpy(reserve(state), block.octets, block.size)
        commit(state, endpoint, block.size)
        replaced = &block.object
    elif command.kind == DO_SET_WISH:
        set_wish(state, endpoint, <uint64_t>command.value)
    elif command.kind == DO_SET_PROTECTION:
        set_protection(endpoint, command.b, command.c)
    elif command.kind == DO_REMOVE_ENDPOINT:
        remove_endpoint(state, endpoint)
    if replaced != NULL:
        retire(state, replaced)


# --- tracks and rows ----------------------------------------------------------------------------------------------


cdef void add_track(State* state, const Command* command) noexcept nogil:
    cdef Track* track = <Track*>command.pointer
    cdef Endpoint* endpoint = state.endpoints[command.a]
    if endpoint == NULL:
        retire(state, &track.object)
        return
    track.endpoint = endpoint
    track.next_in_endpoint = endpoint.tracks
    endpoint.tracks = track
    track.level = 127 * 16
    state.tracks[track.object.index] = track


cdef void add_layer(State* state, const Command* command) noexcept nogil:
    cdef Layer* layer = <Layer*>command.pointer
    cdef Track* track = state.tracks[command.a]
    cdef uint32_t ssrc = layer.ssrc
    cdef uint32_t rtx_ssrc = layer.rtx_ssrc
    cdef Row* row
    layer.ssrc = layer.rtx_ssrc = 0
    if track == NULL or track.layers[layer.index] != NULL:
        retire(state, &layer.object)
        return
    layer.track = track
    layer.next_in_endpoint = track.endpoint.layers
    track.endpoint.layers = layer
    track.layers[layer.index] = layer
    layer.rate_since_ns = state.now_ns
    if ssrc:
        bind_layer(state, track.endpoint, layer, ssrc, False)
    if rtx_ssrc:
        bind_layer(state, track.endpoint, layer, rtx_ssrc, True)
    row = track.rows
    while row != NULL:
        if row.target == layer.index and track.video:
            want_keyframe(state, layer)
        row = row.next_in_track


cdef void set_gate(State* state, Track* track, bint is_open) noexcept nogil:
    """A closed gate is a hole in the numbers: what comes after it starts anew, video with a keyframe."""
    cdef int i
    cdef Row* row
    if track.open == is_open:
        return
    track.open = is_open
    interrupt(track)
    if not is_open or not track.video:
        return
    row = track.rows
    while row != NULL:
        for i in range(MAX_LAYERS):
            if track.layers[i] != NULL and row.target == i:
                want_keyframe(state, track.layers[i])
        row = row.next_in_track


cdef void add_row(State* state, const Command* command) noexcept nogil:
    cdef Row* row = <Row*>command.pointer
    cdef Endpoint* endpoint = state.endpoints[command.a]
    if endpoint == NULL:
        retire(state, &row.object)
        return
    row.endpoint = endpoint
    row.next_in_endpoint = endpoint.rows
    endpoint.rows = row
    if endpoint.estimator_due_ns == 0:
        begin_route(state, endpoint)
    row.rtx_sequence = draw(state) & 0x7FFF
    row.last_picture = draw(state) & 0x7FFF
    row.flexfec_sequence = draw(state) & 0x7FFF
    add_outgoing(endpoint, row.ssrc, row)
    if row.rtx_ssrc:
        add_outgoing(endpoint, row.rtx_ssrc, row)
    state.rows[row.object.index] = row


cdef void run_media_command(State* state, const Command* command) noexcept nogil:
    cdef Track* track
    cdef Row* row
    if command.kind == DO_ADD_TRACK:
        add_track(state, command)
    elif command.kind == DO_ADD_LAYER:
        add_layer(state, command)
    elif command.kind == DO_ADD_ROW:
        add_row(state, command)
    elif command.kind == DO_SET_SOURCE or command.kind == DO_REMOVE_ROW:
        row = state.rows[command.a]
        if row == NULL:
            return
        if command.kind == DO_REMOVE_ROW:
            remove_row(state, row)
        else:
            track = state.tracks[command.b] if command.b >= 0 else NULL
            set_source(state, row, track, command.c, command.spatial, command.temporal, command.value)
    else:
        track = state.tracks[command.a]
        if track == NULL:
            return
        if command.kind == DO_SET_GATE:
            set_gate(state, track, command.b != 0)
        elif command.kind == DO_REQUEST_KEYFRAME:
            if track.layers[command.b] != NULL:
                want_keyframe(state, track.layers[command.b])
        elif command.kind == DO_REMOVE_TRACK:
            remove_track(state, track)


cdef int run_commands(State* state, CommandRing* ring) noexcept nogil:
    cdef uint64_t head = atomic.load(&ring.head)
    cdef const Command* command
    cdef int n = 0
    while ring.tail != head and n < COMMANDS_PER_BATCH:
        command = &ring.commands[ring.tail & (COMMANDS - 1)]
        if command.kind == DO_ADD_ENDPOINT:
            add_endpoint(state, command)
        elif command.kind < DO_ADD_TRACK:
            run_endpoint_command(state, command)
        else:
            run_media_command(state, command)
        if command.number:
            emit(state, E_ACK, -1, -1, -1, -1, <int64_t>command.number, NULL, 0)
        atomic.store(&ring.tail, ring.tail + 1)
        n += 1
    return n

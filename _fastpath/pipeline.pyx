"""The order of the stages: what happens to a batch of datagrams between the socket they came from and those they leave by.

    classify ─► STUN   answered in place (connectivity)
             ─► DTLS   to Python as an event
             ─► RTCP   unprotect ─► feedback: NACKs answered, keyframes asked for
             ─► RTP    unprotect ─► parse ─► whose Layer ─► RTX undone ─► describe ─► gaps, history ─► waiting list
    then, audio before video and Layer by Layer:
        for each Row of the Track: for each waiting packet: rewrite ─► protect ─► egress

Rows outside and packets inside: a receiver's packets lie next to each other, so that they leave as one GSO run. Nothing
here allocates, waits or touches Python; a packet that goes no further is counted under the reason.
"""
from libc.stdint cimport uint8_t, uint32_t
from libc.string cimport memmove, memset

from _fastpath.connectivity cimport handle_check, note_received
from _fastpath.counters cimport (
    C_DROP_GATE, C_DROP_NOT_KEYED, C_DROP_PADDING, C_DROP_PAYLOAD_TYPE, C_DROP_RTP_MALFORMED, C_DROP_SRTCP,
    C_DROP_SRTP, C_DROP_SSRC, C_DROP_UNKNOWN_KIND, C_DROP_UNPROVEN, C_FEC_RECOVERED, C_RED_RECOVERED)
from _fastpath.demux cimport K_DTLS, K_RTP, K_STUN, AddressTable, Kind, classify, find_address
from _fastpath.events cimport E_DATAGRAM, E_LAYER_STARTED, emit
from _fastpath.fec_decoder cimport recover, undo_red
from _fastpath.feedback cimport admit_sender, handle_rtcp
from _fastpath.forwarding cimport forget_layer, forward, interrupt
from _fastpath.history cimport history_note_repeated, history_store
from _fastpath.ingress cimport bind_layer, find_layer, take
from _fastpath.layering cimport describe_arrival, note_layers
from _fastpath.packet cimport EXT_TRANSPORT_SEQUENCE, Packet, parse_rtp, parse_rtp_header, settle_padding
from _fastpath.payload cimport CODEC_RED, CODEC_ULPFEC
from _fastpath.red cimport (
    MAX_FILLED, MAX_RED_BLOCKS, RedBlock, missing_of, read_red, unwrap_block, unwrap_primary)
from _fastpath.requests cimport want_keyframe
from _fastpath.rtcp cimport is_rtcp
from _fastpath.srtp cimport SrtpFunctions, srtp_functions
from _fastpath.socket_batch cimport Datagram
from _fastpath.table cimport BATCH, CODECS, SLOT_OCTETS, Arrival, Endpoint, Layer, State, count, soonest
from _fastpath.twcc cimport twcc_arrived
from _fastpath.voice cimport note_level
from _fastpath.wire cimport get16, put16, put32

cdef SrtpFunctions* srtp = srtp_functions()

cdef enum:
    RTP_HEADER = 12
    FEEDBACK_NS = 50000000  # transport feedback follows the first packet it reports by this
    WAITING = BATCH + MAX_FILLED + 1    # a datagram may bring back others that were lost


cdef struct Waiting:
    Arrival arrivals[WAITING]
    int count


# --- the batch ----------------------------------------------------------------------------------------------------


cdef void run_batch(State* state, Datagram* datagrams, int n) noexcept nogil:
    cdef Waiting waiting
    cdef int i
    cdef Kind kind
    waiting.count = 0
    for i in range(n):
        kind = classify(datagrams[i].data, datagrams[i].size)
        if kind == K_RTP:
            handle_media(state, &datagrams[i], &waiting)
        elif kind == K_STUN:
            handle_check(state, &datagrams[i])
        elif kind == K_DTLS:
            handle_dtls(state, &datagrams[i])
        else:
            count(state, C_DROP_UNKNOWN_KIND)
    forward_all(state, &waiting)


cdef void forward_all(State* state, Waiting* waiting) noexcept nogil:
    forward_waiting(state, waiting, False)
    forward_waiting(state, waiting, True)
    waiting.count = 0


cdef void forward_waiting(State* state, Waiting* waiting, bint video) noexcept nogil:
    """Gather the packets of one Layer, in their order, and hand them to its Rows together."""
    cdef Arrival* group[WAITING]
    cdef char[WAITING] done
    cdef Layer* layer
    cdef int n
    cdef int i
    cdef int k
    memset(done, 0, sizeof(done))
    for i in range(waiting.count):
        layer = waiting.arrivals[i].layer
        if done[i] or layer.track.video != video:
            continue
        n = 0
        for k in range(i, waiting.count):
            if waiting.arrivals[k].layer == layer:
                group[n] = &waiting.arrivals[k]
                done[k] = True
                n += 1
        forward(state, layer, group, n)


# --- DTLS ---------------------------------------------------------------------------------------------------------


cdef void handle_dtls(State* state, Datagram* datagram) noexcept nogil:
    """Only from an address that a check has proven: a handshake from anywhere else is an attack or too early."""
    cdef Endpoint* endpoint = find_address(<AddressTable*>state.paths, &datagram.address)
    if endpoint == NULL:
        count(state, C_DROP_UNPROVEN)
        return
    note_received(state, endpoint, &datagram.address, False)
    emit(state, E_DATAGRAM, endpoint.object.index, -1, -1, -1, 0, datagram.data, datagram.size)


# --- RTP and RTCP -------------------------------------------------------------------------------------------------


cdef void handle_media(State* state, Datagram* datagram, Waiting* waiting) noexcept nogil:
    cdef Endpoint* endpoint = find_address(<AddressTable*>state.paths, &datagram.address)
    if endpoint == NULL:
        count(state, C_DROP_UNPROVEN)
        return
    if endpoint.receive == NULL:
        count(state, C_DROP_NOT_KEYED)
        return
    if is_rtcp(datagram.data, datagram.size):
        take_rtcp(state, endpoint, datagram)
    else:
        take_rtp(state, endpoint, datagram, waiting)


cdef void take_rtcp(State* state, Endpoint* endpoint, Datagram* datagram) noexcept nogil:
    cdef int size = datagram.size
    if not admit_sender(endpoint, datagram.data, size) or srtp.unprotect_rtcp(
            endpoint.receive, datagram.data, &size) != 0:
        count(state, C_DROP_SRTCP)
        return
    note_received(state, endpoint, &datagram.address, True)
    handle_rtcp(state, endpoint, datagram.data, size)


cdef void take_rtp(State* state, Endpoint* endpoint, Datagram* datagram, Waiting* waiting) noexcept nogil:
    """Everything that is decided once per packet, whatever the number of receivers."""
    cdef Arrival* arrival
    cdef Packet* packet
    cdef Layer* layer
    cdef bint rtx = False
    cdef int size = datagram.size
    if waiting.count >= BATCH:
        forward_all(state, waiting)
    arrival = &waiting.arrivals[waiting.count]
    packet = &arrival.packet
    # The header is in clear: an SSRC that leads nowhere must not cost libsrtp a stream.
    if not parse_rtp_header(datagram.data, size, &endpoint.extensions.by_id, packet):
        count(state, C_DROP_RTP_MALFORMED)
        return
    layer = find_layer(endpoint, packet, &rtx)
    if layer == NULL:
        count(state, C_DROP_SSRC)
        return
    if srtp.unprotect(endpoint.receive, datagram.data, &size) != 0:
        count(state, C_DROP_SRTP)
        return
    if not settle_padding(packet, size):
        count(state, C_DROP_RTP_MALFORMED)
        return
    packet.arrival_ns = state.now_ns
    note_received(state, endpoint, &datagram.address, True)
    endpoint.received_packets += 1
    endpoint.received_octets += size
    note_transport(state, endpoint, packet)
    if not learn(state, endpoint, layer, packet.ssrc, rtx):
        count(state, C_DROP_SSRC)
        return
    if rtx and not undo_rtx(state, endpoint, layer, packet):
        return
    arrival.layer = layer
    if layer.track.video and endpoint.payloads.codec[packet.payload_type] == CODEC_RED:
        if not undo_red(packet):
            count(state, C_DROP_RTP_MALFORMED)
            return
        if endpoint.payloads.codec[packet.payload_type] == CODEC_ULPFEC:
            take_parity(state, arrival, waiting, rtx)
            return
    elif endpoint.payloads.codec[packet.payload_type] == CODEC_RED:
        take_red(state, arrival, waiting, datagram.data + SLOT_OCTETS)
        return
    if not note_codec(state, endpoint, layer, packet):
        count(state, C_DROP_PAYLOAD_TYPE)
        return
    if take(state, arrival, rtx):
        keep(state, arrival, waiting)
        if rtx:
            history_note_repeated(&layer.history, arrival.sequence)


cdef inline void note_transport(State* state, Endpoint* endpoint, const Packet* packet) noexcept nogil:
    if packet.ext_length[EXT_TRANSPORT_SEQUENCE] < 2 or endpoint.arrivals == NULL:
        return
    twcc_arrived(endpoint.arrivals, get16(packet.data + packet.ext_offset[EXT_TRANSPORT_SEQUENCE]), state.now_ns)
    if endpoint.feedback_due_ns <= state.now_ns:
        endpoint.feedback_due_ns = state.now_ns + FEEDBACK_NS
    soonest(state, endpoint, endpoint.feedback_due_ns)


cdef inline bint learn(State* state, Endpoint* endpoint, Layer* layer, uint32_t ssrc, bint rtx) noexcept nogil:
    """A Layer whose SSRC changes starts anew for all its receivers, and its numbers may come again with other content."""
    cdef uint32_t known = layer.rtx_ssrc if rtx else layer.ssrc
    if known == ssrc:
        return True
    if not bind_layer(state, endpoint, layer, ssrc, rtx):
        return False
    if known and not rtx:
        forget_layer(state, layer)
        interrupt(layer.track)
        want_keyframe(state, layer)
    return True


cdef bint undo_rtx(State* state, Endpoint* endpoint, Layer* layer, Packet* packet) noexcept nogil:
    """Turn a retransmission back into what it repeats, in place (RFC 4588 section 4)."""
    cdef uint8_t original = endpoint.payloads.rtx_for[packet.payload_type]
    if packet.payload_size < 2 or original == 0 or layer.ssrc == 0:
        count(state, C_DROP_PADDING)  # browsers probe with empty retransmissions
        return False
    packet.sequence = get16(packet.data + packet.header_size)
    memmove(packet.data + 2, packet.data, packet.header_size)
    packet.data += 2
    packet.size -= 2
    packet.payload_size -= 2
    packet.payload_type = original - 1
    packet.ssrc = layer.ssrc
    packet.data[1] = <uint8_t>((packet.marker << 7) | packet.payload_type)
    put16(packet.data + 2, packet.sequence)
    put32(packet.data + 8, packet.ssrc)
    return True


cdef void take_parity(State* state, Arrival* arrival, Waiting* waiting, bint rtx) noexcept nogil:
    """A FEC packet has done its work here: its number is closed up like padding, what it brings back goes the usual way."""
    cdef Layer* layer = arrival.layer
    cdef Packet* packet = &arrival.packet
    cdef uint8_t* payload = packet.data + packet.header_size
    cdef int size = packet.payload_size
    if not layer.live:
        count(state, C_DROP_PAYLOAD_TYPE)
        return
    packet.payload_type = layer.payload_type
    packet.data[1] = layer.payload_type
    packet.size = packet.header_size
    packet.payload_size = packet.padding_size = 0
    packet.data[0] &= 0xDF  # without padding
    if take(state, arrival, rtx):
        keep(state, arrival, waiting)
    arrival = &waiting.arrivals[waiting.count]
    packet = &arrival.packet
    size = recover(layer, payload, size, payload)
    if size == 0 or not parse_rtp(payload, size, &layer.track.endpoint.extensions.by_id, packet):
        return
    if packet.payload_type != layer.payload_type or packet.payload_size == 0:
        return
    packet.arrival_ns = state.now_ns
    arrival.layer = layer
    if take(state, arrival, True):
        keep(state, arrival, waiting)
        history_note_repeated(&layer.history, arrival.sequence)
        count(state, C_FEC_RECOVERED)


cdef void take_red(State* state, Arrival* arrival, Waiting* waiting, uint8_t* end) noexcept nogil:
    """What RED repeats goes first where it is missing, then the packet itself; both are plain from here on."""
    cdef RedBlock[MAX_RED_BLOCKS] blocks
    cdef Layer* layer = arrival.layer
    cdef Packet packet = arrival.packet
    cdef int n = read_red(packet.data + packet.header_size, packet.payload_size, blocks)
    cdef int distance
    if packet.payload_size == 0 and layer.live:
        n = 1  # padding only
        blocks[0].payload_type = layer.payload_type
        blocks[0].start = 0
    elif n == 0 or blocks[n - 1].size == 0:
        count(state, C_DROP_RTP_MALFORMED)
        return
    packet.payload_type = blocks[n - 1].payload_type
    if not note_codec(state, layer.track.endpoint, layer, &packet):
        count(state, C_DROP_PAYLOAD_TYPE)
        return
    distance = n - 1 if n - 1 < MAX_FILLED else MAX_FILLED
    while distance > 0:
        end = fill_from_red(state, layer, &packet, &blocks[n - 1 - distance], distance, waiting, end)
        distance -= 1
    arrival = &waiting.arrivals[waiting.count]
    unwrap_primary(&packet, &blocks[n - 1])
    arrival.packet = packet
    arrival.layer = layer
    if take(state, arrival, False):
        keep(state, arrival, waiting)


cdef uint8_t* fill_from_red(
    State* state, Layer* layer, const Packet* packet, const RedBlock* block, int distance, Waiting* waiting,
    uint8_t* end) noexcept nogil:
    """The packet that a block repeats is written at the end of the receive slot; returns where it begins."""
    cdef long long sequence = missing_of(layer, packet, block, distance)
    cdef Arrival* arrival = &waiting.arrivals[waiting.count]
    cdef uint8_t* at = end - block.size - RTP_HEADER
    if sequence < 0 or at < packet.data + packet.size:
        return end
    if not parse_rtp(at, unwrap_block(layer, packet, block, sequence, at), NULL, &arrival.packet):
        return end
    arrival.packet.arrival_ns = state.now_ns
    arrival.layer = layer
    if take(state, arrival, True):
        count(state, C_RED_RECOVERED)
        keep(state, arrival, waiting)
    return at


cdef inline bint note_codec(State* state, Endpoint* endpoint, Layer* layer, const Packet* packet) noexcept nogil:
    cdef uint8_t codec = endpoint.payloads.codec[packet.payload_type]
    if codec >= CODECS:
        return False  # RED or ULPFEC in RED
    if layer.live and layer.payload_type == packet.payload_type:
        return True
    if codec == 0:
        return False
    if layer.live and layer.codec != codec:
        interrupt(layer.track)
    if not layer.live or layer.codec != codec:
        emit(state, E_LAYER_STARTED, endpoint.object.index, layer.track.object.index, layer.index, -1, codec, NULL, 0)
    layer.live = True
    layer.codec = codec
    layer.payload_type = packet.payload_type
    layer.clock_rate = endpoint.payloads.clock_rate[packet.payload_type]
    layer.last_arrival_ns = state.now_ns
    return True


cdef void keep(State* state, Arrival* arrival, Waiting* waiting) noexcept nogil:
    """Describe, store and put on the waiting list."""
    cdef Layer* layer = arrival.layer
    cdef Packet* packet = &arrival.packet
    if not layer.track.open:
        count(state, C_DROP_GATE)
        return
    describe_arrival(layer, arrival)
    if layer.track.video:
        note_layers(state, arrival)
        if arrival.descriptor.keyframe:
            layer.keyframes += 1
            layer.keyframe_wanted = False
            layer.keyframe_seen_ns = state.now_ns
    else:
        note_level(state, layer.track, packet)
    history_store(&layer.history, arrival.sequence, packet.data, packet.size)
    waiting.count += 1

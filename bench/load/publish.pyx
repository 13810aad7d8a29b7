"""The sending side: frames on an absolute schedule, retransmissions, RTCP out.

A frame is cut as browsers cut it: near-equal packets, the longer ones last, all sent at once (or spread over a time).
Frame sizes vary by up to 20 % around the mean; a keyframe is KEYFRAME_WEIGHT times as large and the frames between are
smaller by as much, so that the mean bit rate holds. The last bytes of each payload say which packet of which Track it
is; the time at which it should have left is kept in a table, not in the packet.
"""
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from _fastpath.wire cimport put16, put24, put32, put64
from bench.load.model cimport (
    KIND_VIDEO, MAGIC, PACKET_ROOM, SENT_WINDOW, STORED, TAIL, Peer, Track, World, bench_monotonic, count_time,
)

cdef enum:
    KEYFRAME_WEIGHT = 5
    # Encoders answer keyframe requests at most this often (libwebrtc: 300 ms).
    KEYFRAME_GAP_NS = 300_000_000
    VP8_HEAD = 5            # payload descriptor with 15-bit picture id and TL0PICIDX
    MSG_DONTWAIT = 0x40

cdef extern from "sys/socket.h" nogil:
    ssize_t send(int fd, const void* data, size_t size, int flags)


cdef void begin_frame(Track* track) noexcept nogil:
    cdef int size = track.frame_bytes
    cdef int spread
    track.key = False
    if track.kind == KIND_VIDEO:
        track.random = track.random * 1664525 + 1013904223
        spread = size * 2 // 5
        size += <int>((<int64_t>(track.random >> 8) * spread) >> 24) - spread // 2
        if track.keyframe_every and track.frame % track.keyframe_every == 0:
            track.key = True
        elif track.keyframe_wanted and track.next_ns - track.last_keyframe_ns >= KEYFRAME_GAP_NS:
            track.key = True
        if track.key:
            track.keyframe_wanted = False
            track.last_keyframe_ns = track.next_ns
            size *= KEYFRAME_WEIGHT
        elif track.keyframe_every:
            size -= size * (KEYFRAME_WEIGHT - 1) // track.keyframe_every
    track.part = 0
    track.parts = (size + track.payload_bytes - 1) // track.payload_bytes
    track.bytes_left = size


cdef int write_extensions(Peer* peer, Track* track, int64_t now_ns, uint8_t* out) noexcept nogil:
    """One-byte header extensions (RFC 8285); returns their size with the block's head."""
    cdef int at = 4
    if peer.mid_id:
        out[at] = <uint8_t>((peer.mid_id << 4) | (track.mid_size - 1))
        memcpy(out + at + 1, track.mid, track.mid_size)
        at += 1 + track.mid_size
    if peer.abs_send_time_id:
        out[at] = <uint8_t>((peer.abs_send_time_id << 4) | 2)
        put24(out + at + 1, <uint32_t>(((now_ns << 18) // 1_000_000_000) & 0xFFFFFF))
        at += 4
    if peer.transport_id:
        out[at] = <uint8_t>((peer.transport_id << 4) | 1)
        put16(out + at + 1, peer.transport_sequence)
        peer.transport_sequence += 1
        at += 3
    if peer.level_id and track.kind != KIND_VIDEO:
        out[at] = <uint8_t>(peer.level_id << 4)
        out[at + 1] = 0x80 | 20         # voice, -20 dBov
        at += 2
    if at == 4:
        return 0
    while at & 3:
        out[at] = 0
        at += 1
    put16(out, 0xBEDE)
    put16(out + 2, (at - 4) >> 2)
    return at


cdef void write_payload(Track* track, int size, int number, uint8_t* out) noexcept nogil:
    memset(out, 0x5A, size)
    if track.kind == KIND_VIDEO:
        out[0] = 0x90 if track.part == 0 else 0x80          # RFC 7741: X, S
        out[1] = 0xC0                                       # I, L
        put16(out + 2, 0x8000 | <uint32_t>(track.frame & 0x7FFF))
        out[4] = <uint8_t>track.frame                       # TL0PICIDX
        if track.part == 0:
            out[VP8_HEAD] = 0x10 if track.key else 0x11     # show_frame, P
            if track.key:
                put24(out + VP8_HEAD + 3, 0x9D012A)
                put32(out + VP8_HEAD + 6, 0x80026801)       # 640 x 360, little-endian
    else:
        out[0] = 0x78                                       # Opus, 20 ms, one frame
    put32(out + size - TAIL, MAGIC)
    put32(out + size - TAIL + 4, <uint32_t>number)
    put64(out + size - TAIL + 8, <uint64_t>track.packets)


cdef int next_payload_size(Track* track) noexcept nogil:
    """Near-equal sizes, the longer ones last (libwebrtc's packetizer)."""
    cdef int parts_left = track.parts - track.part
    cdef int size = track.bytes_left // parts_left
    track.bytes_left -= size
    if size < TAIL + 24:
        size = TAIL + 24
    return size


cdef int build(World* world, int number, uint8_t* out) noexcept nogil:
    cdef Track* track = &world.tracks[number]
    cdef int payload = next_payload_size(track)
    cdef int size
    cdef uint16_t sequence = <uint16_t>track.packets
    cdef bint last = track.part == track.parts - 1
    out[0] = 0x80
    out[1] = track.payload_type | (0x80 if last and track.kind == KIND_VIDEO else 0)
    put16(out + 2, sequence)
    put32(out + 4, <uint32_t>((track.frame * track.period_ns // 1000 * track.clock_rate) // 1_000_000))
    put32(out + 8, track.ssrc)
    size = write_extensions(&world.peers[track.peer], track, world.now_ns, out + 12)
    if size:
        out[0] |= 0x10
    size += 12
    write_payload(track, payload, number, out + size)
    size += payload
    memcpy(track.stored + <size_t>(sequence & (STORED - 1)) * PACKET_ROOM, out, size)
    track.stored_size[sequence & (STORED - 1)] = <uint16_t>size
    return size


cdef void transmit(World* world, Peer* peer, uint8_t* data, int size) noexcept nogil:
    if peer.send_session != NULL and world.protect(peer.send_session, data, &size) != 0:
        peer.send_errors += 1
        return
    if send(peer.fd, data, size, MSG_DONTWAIT) < 0:
        peer.send_errors += 1


cdef void advance(Track* track) noexcept nogil:
    """Move the schedule to the next packet."""
    track.part += 1
    if track.part < track.parts:
        track.next_ns += track.spread_ns // track.parts
        return
    track.frame += 1
    track.parts = 0
    track.next_ns = track.start_ns + track.frame * track.period_ns


cdef void publish_due(World* world, int number) noexcept nogil:
    cdef Track* track = &world.tracks[number]
    cdef Peer* peer = &world.peers[track.peer]
    cdef uint8_t packet[PACKET_ROOM + 64]
    cdef int size
    cdef int64_t lag
    while not track.stopped and track.next_ns <= world.now_ns:
        if track.parts == 0:
            begin_frame(track)
        size = build(world, number, packet)
        track.intended[track.packets & (SENT_WINDOW - 1)] = track.next_ns
        track.opens[track.packets & (SENT_WINDOW - 1)] = track.kind != KIND_VIDEO or (track.key and track.part == 0)
        if track.part == 0 and world.window_start_ns <= track.next_ns < world.window_end_ns:
            lag = bench_monotonic() - track.next_ns
            count_time(world.lag, lag)
            if lag > world.lag_max_ns:
                world.lag_max_ns = lag
        transmit(world, peer, packet, size)
        if world.window_start_ns <= track.next_ns < world.window_end_ns:
            track.window_packets += 1
        track.packets += 1
        track.octets += size
        advance(track)


cdef void retransmit(World* world, Track* track, uint16_t sequence) noexcept nogil:
    """Answer a NACK by RTX (RFC 4588), if the packet is still there."""
    cdef Peer* peer = &world.peers[track.peer]
    cdef const uint8_t* stored = track.stored + <size_t>(sequence & (STORED - 1)) * PACKET_ROOM
    cdef int size = track.stored_size[sequence & (STORED - 1)]
    cdef uint8_t packet[PACKET_ROOM + 64]
    cdef int head = 12
    track.nacks += 1
    if track.rtx_payload_type == 0 or size == 0 or ((stored[2] << 8) | stored[3]) != sequence:
        return
    if stored[0] & 0x10:
        head += 4 + 4 * ((stored[14] << 8) | stored[15])
    memcpy(packet, stored, head)
    memcpy(packet + head + 2, stored + head, size - head)
    put16(packet + head, sequence)
    packet[1] = (packet[1] & 0x80) | track.rtx_payload_type
    put16(packet + 2, track.rtx_sequence)
    track.rtx_sequence += 1
    put32(packet + 8, track.rtx_ssrc)
    track.retransmitted += 1
    transmit(world, peer, packet, size + 2)


cdef void send_rtcp(World* world, int number, unsigned char* data, int size) noexcept nogil:
    cdef Peer* peer = &world.peers[number]
    if size == 0:
        return
    if peer.send_session != NULL:
        if world.protect_rtcp(peer.send_session, data, &size) != 0:
            peer.send_errors += 1
            return
    if send(peer.fd, data, size, MSG_DONTWAIT) < 0:
        peer.send_errors += 1
    else:
        peer.sent_rtcp += 1

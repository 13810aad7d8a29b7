"""RTCP as browsers speak it, with code of its own: it shares nothing with the engine that it measures.

Rates are libwebrtc's: receiver and sender reports each second, transport-wide feedback every 100 ms, a NACK at once and
again after 50 ms (RTT unknown), ten times at most, a consent check (RFC 7675) every 5 s.
"""
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memset

from _fastpath.wire cimport get16, get32, put16, put24, put32, unwrap16
from bench.load.model cimport ARRIVALS, KIND_VIDEO, Peer, Stream, Track, World
from bench.load.publish cimport retransmit, send_rtcp

cdef enum:
    REPORT_NS = 1_000_000_000
    FEEDBACK_NS = 100_000_000
    NACK_AGAIN_NS = 50_000_000
    NACK_TRIES = 10
    # Statuses in one transport-wide feedback packet.
    FEEDBACK_STATUSES = 350
    DELTA_NS = 250_000
    REFERENCE_NS = 64_000_000
    RTCP_ROOM = 1400

cdef int64_t CONSENT_NS = 5_000_000_000     # does not fit an enum

cdef extern from "sys/socket.h" nogil:
    ssize_t send(int fd, const void* data, size_t size, int flags)


cdef void arrived(Peer* peer, uint16_t sequence, int64_t arrival_ns) noexcept nogil:
    cdef int64_t number
    if not peer.arrivals_started:
        peer.arrivals_started = True
        peer.arrivals_next = peer.arrivals_highest = sequence
    number = unwrap16(peer.arrivals_highest, sequence)
    if number < peer.arrivals_next or number >= peer.arrivals_next + ARRIVALS:
        return
    if number > peer.arrivals_highest:
        peer.arrivals_highest = number
    peer.arrivals[number & (ARRIVALS - 1)] = arrival_ns


cdef int write_head(uint8_t* out, int count, int kind, int size) noexcept nogil:
    out[0] = <uint8_t>(0x80 | count)
    out[1] = <uint8_t>kind
    put16(out + 2, (size >> 2) - 1)
    return size


cdef int write_feedback(Peer* peer, uint8_t* out) noexcept nogil:
    """One transport-wide feedback packet in two-bit status vectors; 0 where nothing came since the last."""
    cdef int64_t first = peer.arrivals_next
    cdef int64_t last = peer.arrivals_highest
    cdef int64_t previous, arrival, delta, number
    cdef int at = 20
    cdef int symbols = 0
    cdef uint32_t chunk = 0
    cdef int delta_at, count
    while first <= last and peer.arrivals[first & (ARRIVALS - 1)] == 0:
        first += 1
    if not peer.arrivals_started or first > last:
        return 0
    if last - first >= FEEDBACK_STATUSES:
        last = first + FEEDBACK_STATUSES - 1
    count = <int>(last - first + 1)
    delta_at = at + 2 * ((count + 6) // 7)
    previous = peer.arrivals[first & (ARRIVALS - 1)] // REFERENCE_NS * REFERENCE_NS
    put24(out + 16, <uint32_t>((previous // REFERENCE_NS) & 0xFFFFFF))
    for number in range(first, last + 1):
        arrival = peer.arrivals[number & (ARRIVALS - 1)]
        chunk <<= 2
        symbols += 1
        if arrival:
            delta = (arrival - previous) // DELTA_NS
            if arrival < previous and (arrival - previous) % DELTA_NS:
                delta -= 1
            if delta > 32767 or delta < -32768:
                delta = 0
            previous += delta * DELTA_NS
            if 0 <= delta <= 255:
                chunk |= 1
                out[delta_at] = <uint8_t>delta
                delta_at += 1
            else:
                chunk |= 2
                put16(out + delta_at, <uint32_t>(delta & 0xFFFF))
                delta_at += 2
        peer.arrivals[number & (ARRIVALS - 1)] = 0
        if symbols == 7:
            put16(out + at, 0xC000 | chunk)
            at += 2
            symbols = 0
            chunk = 0
    if symbols:
        put16(out + at, 0xC000 | (chunk << (2 * (7 - symbols))))
    peer.arrivals_next = last + 1
    while delta_at & 3:
        out[delta_at] = 0
        delta_at += 1
    put32(out + 4, peer.ssrc)
    put32(out + 8, peer.streams[0].ssrc if peer.stream_count else 0)
    put16(out + 12, <uint32_t>(first & 0xFFFF))
    put16(out + 14, count)
    out[19] = peer.feedback_count
    peer.feedback_count += 1
    return write_head(out, 15, 205, delta_at)


cdef void write_block(Stream* stream, int64_t now_ns, uint8_t* out) noexcept nogil:
    """One report block (RFC 3550 section 6.4.1)."""
    cdef int64_t expected = stream.highest - stream.first + 1
    cdef int64_t received = stream.packets
    cdef int64_t expected_now = expected - stream.expected_prior
    cdef int64_t lost_now = expected_now - (received - stream.received_prior)
    cdef int64_t lost = expected - received
    cdef int fraction = 0
    if expected_now > 0 and lost_now > 0:
        fraction = <int>((lost_now << 8) // expected_now)
    if lost < 0:
        lost = 0
    stream.expected_prior = expected
    stream.received_prior = received
    put32(out, stream.ssrc)
    out[4] = <uint8_t>(fraction if fraction < 256 else 255)
    put24(out + 5, <uint32_t>(lost & 0x7FFFFF))
    put32(out + 8, <uint32_t>stream.highest)
    put32(out + 12, <uint32_t>(stream.jitter >> 4))
    put32(out + 16, stream.last_sr)
    put32(out + 20, <uint32_t>(((now_ns - stream.last_sr_ns) << 16) // 1_000_000_000) if stream.last_sr else 0)


cdef int write_sender_report(World* world, Peer* peer, Track* track, uint8_t* out) noexcept nogil:
    """The Track's sender report alone; report blocks go in a packet of their own."""
    cdef int64_t realtime = world.now_ns + world.realtime_offset_ns
    cdef uint64_t seconds = <uint64_t>(realtime // 1_000_000_000) + 2208988800ULL
    cdef uint64_t part = (<uint64_t>(realtime % 1_000_000_000) << 32) // 1_000_000_000
    put32(out + 4, track.ssrc)
    put32(out + 8, <uint32_t>seconds)
    put32(out + 12, <uint32_t>part)
    put32(out + 16, <uint32_t>(((world.now_ns - track.start_ns) // 1000 * track.clock_rate) // 1_000_000))
    put32(out + 20, <uint32_t>track.packets)
    put32(out + 24, <uint32_t>track.octets)
    return write_head(out, 0, 200, 28)


cdef int write_cname(uint32_t ssrc, uint8_t* out) noexcept nogil:
    memset(out, 0, 16)
    put32(out + 4, ssrc)
    out[8] = 1
    out[9] = 4
    put32(out + 10, 0x62656E63)     # "benc"
    return write_head(out, 1, 202, 16)


cdef void send_reports(World* world, int number) noexcept nogil:
    """A receiver report of all streams (31 blocks to a packet), then a sender report per Track, each with its CNAME."""
    cdef Peer* peer = &world.peers[number]
    cdef uint8_t out[RTCP_ROOM]
    cdef int index = 0
    cdef int blocks, size
    while index < peer.stream_count:
        blocks = 0
        while index < peer.stream_count and blocks < 31:
            write_block(&peer.streams[index], world.now_ns, out + 8 + 24 * blocks)
            blocks += 1
            index += 1
        put32(out + 4, peer.ssrc)
        size = write_head(out, blocks, 201, 8 + 24 * blocks)
        size += write_cname(peer.ssrc, out + size)
        send_rtcp(world, number, out, size)
    for index in range(peer.track_count):
        size = write_sender_report(world, peer, &world.tracks[peer.tracks[index]], out)
        size += write_cname(world.tracks[peer.tracks[index]].ssrc, out + size)
        send_rtcp(world, number, out, size)


cdef void send_nacks(World* world, int number, Stream* stream) noexcept nogil:
    """Ask for what is missing and due; forget what was asked for too often."""
    cdef Peer* peer = &world.peers[number]
    cdef uint8_t out[RTCP_ROOM]
    cdef int at = 12
    cdef int index = 0
    while index < stream.missing_count:
        if stream.missing[index].tries >= NACK_TRIES:
            stream.given_up += 1
            stream.missing_count -= 1
            stream.missing[index] = stream.missing[stream.missing_count]
            continue
        if world.now_ns - stream.missing[index].asked_ns >= NACK_AGAIN_NS:
            stream.missing[index].asked_ns = world.now_ns
            stream.missing[index].tries += 1
            put16(out + at, <uint32_t>(stream.missing[index].sequence & 0xFFFF))
            put16(out + at + 2, 0)
            at += 4
        index += 1
    if at == 12:
        return
    put32(out + 4, peer.ssrc)
    put32(out + 8, stream.ssrc)
    send_rtcp(world, number, out, write_head(out, 1, 205, at))


cdef void feedback_due(World* world, int number) noexcept nogil:
    cdef Peer* peer = &world.peers[number]
    cdef uint8_t out[RTCP_ROOM]
    cdef int index
    if peer.send_session == NULL:
        return
    for index in range(peer.stream_count):
        if peer.streams[index].missing_count:
            send_nacks(world, number, &peer.streams[index])
    if world.now_ns >= peer.feedback_ns:
        peer.feedback_ns = world.now_ns + FEEDBACK_NS
        send_rtcp(world, number, out, write_feedback(peer, out))
    if world.now_ns >= peer.report_ns:
        peer.report_ns = world.now_ns + REPORT_NS
        send_reports(world, number)
    if world.now_ns >= peer.consent_ns and peer.consent_count:
        peer.consent_ns = world.now_ns + CONSENT_NS
        send(peer.fd, peer.consent + peer.consent_next * peer.consent_size, peer.consent_size, 0x40)
        peer.consent_next = (peer.consent_next + 1) % peer.consent_count


cdef Track* track_of(World* world, Peer* peer, uint32_t ssrc) noexcept nogil:
    cdef int index
    for index in range(peer.track_count):
        if world.tracks[peer.tracks[index]].ssrc == ssrc:
            return &world.tracks[peer.tracks[index]]
    return NULL


cdef void read_nack(World* world, Track* track, const unsigned char* data, int size) noexcept nogil:
    cdef int at = 12
    cdef int bit
    cdef uint16_t first, mask
    while at + 4 <= size:
        first = get16(data + at)
        mask = get16(data + at + 2)
        retransmit(world, track, first)
        for bit in range(16):
            if mask & (1 << bit):
                retransmit(world, track, <uint16_t>(first + bit + 1))
        at += 4


cdef void read_sender_report(World* world, Peer* peer, const unsigned char* data) noexcept nogil:
    cdef int index
    cdef uint32_t ssrc = get32(data + 4)
    for index in range(peer.stream_count):
        if peer.streams[index].ssrc == ssrc:
            peer.streams[index].last_sr = (get32(data + 8) << 16) | (get32(data + 12) >> 16)
            peer.streams[index].last_sr_ns = world.now_ns
            return


cdef void read_keyframe_request(Track* track) noexcept nogil:
    if track != NULL and track.kind == KIND_VIDEO:
        track.keyframe_wanted = True
        track.keyframe_requests += 1


cdef void read_rtcp(World* world, int number, const unsigned char* data, int size) noexcept nogil:
    cdef Peer* peer = &world.peers[number]
    cdef int part
    cdef int format
    cdef Track* track
    while size >= 8:
        part = 4 * (get16(data + 2) + 1)
        if part > size:
            return
        format = data[0] & 31
        if data[1] == 200 and part >= 28:
            read_sender_report(world, peer, data)
        elif data[1] == 206 and format == 1 and part >= 12:
            read_keyframe_request(track_of(world, peer, get32(data + 8)))
        elif data[1] == 206 and format == 4 and part >= 20:
            read_keyframe_request(track_of(world, peer, get32(data + 12)))
        elif data[1] == 205 and format == 1 and part >= 16:
            track = track_of(world, peer, get32(data + 8))
            if track != NULL:
                read_nack(world, track, data, part)
        data += part
        size -= part

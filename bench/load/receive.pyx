"""The receiving side: what comes out of the server is counted by its cleartext header, a sample is decrypted.

A server rewrites SSRC and sequence numbers, so the header alone does not say which packet of which Track came. The
first packet of each stream and every `sample_every`-th is decrypted; its last bytes tell (publish.pyx), and the
difference of sequence number and packet index holds for all packets until a sample says otherwise. Authentication of
the samples is the check that the server encrypts rightly.
"""
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from _fastpath.wire cimport get16, get32, get64, unwrap16
from bench.load.feedback cimport arrived, read_rtcp
from bench.load.model cimport (
    KIND_RTX, KIND_UNKNOWN, MAGIC, MAX_MISSING, SEEN_BITS, SENT_WINDOW, TAIL,
    Peer, Stream, Track, World, count_time,
)

cdef enum:
    DATAGRAM_ROOM = 2048
    TABLE = 512


cdef Stream* find_stream(Peer* peer, uint32_t ssrc, bint create) noexcept nogil:
    cdef uint32_t slot = (ssrc * <uint32_t>2654435761UL) >> 23
    cdef Stream* stream
    while peer.stream_of[slot]:
        stream = &peer.streams[peer.stream_of[slot] - 1]
        if stream.ssrc == ssrc:
            return stream
        slot = (slot + 1) & (TABLE - 1)
    if not create or peer.stream_count >= peer.stream_capacity or peer.stream_count >= TABLE // 2:
        return NULL
    stream = &peer.streams[peer.stream_count]
    memset(stream, 0, sizeof(Stream))
    stream.ssrc = ssrc
    stream.track = -1
    peer.stream_count += 1
    peer.stream_of[slot] = <uint16_t>peer.stream_count
    return stream


cdef void read_transport_sequence(Peer* peer, const uint8_t* data, int size, int64_t arrival_ns) noexcept nogil:
    """Find the transport-wide sequence number among one-byte extensions."""
    cdef int at = 12 + 4 * (data[0] & 15)
    cdef int end
    if not data[0] & 0x10 or at + 4 > size or get16(data + at) != 0xBEDE:
        return
    end = at + 4 + 4 * get16(data + at + 2)
    at += 4
    while at < end and end <= size:
        if data[at] == 0:
            at += 1
            continue
        if data[at] >> 4 == peer.transport_id and at + 2 < end:
            arrived(peer, get16(data + at + 1), arrival_ns)
            return
        at += 2 + (data[at] & 15)


cdef int open_packet(World* world, Peer* peer, const uint8_t* data, int* size, uint8_t* out) noexcept nogil:
    """Decrypt a copy; libsrtp's status, 0 is success."""
    memcpy(out, data, size[0])
    if peer.receive_session == NULL:
        return 0
    return world.unprotect(peer.receive_session, out, size)


cdef bint read_mark(World* world, const uint8_t* data, int size, int* track, int64_t* index) noexcept nogil:
    """What publish.pyx wrote at the payload's end; a padded packet carries it before the padding."""
    if data[0] & 0x20:
        size -= data[size - 1]
    if size < 12 + TAIL or get32(data + size - TAIL) != MAGIC:
        return False
    track[0] = <int>get32(data + size - TAIL + 4)
    index[0] = <int64_t>get64(data + size - TAIL + 8)
    return 0 <= track[0] < world.track_count


cdef void take_sample(
    World* world, Peer* peer, Stream* stream, const uint8_t* data, int size, int64_t sequence,
) noexcept nogil:
    cdef uint8_t plain[DATAGRAM_ROOM]
    cdef int track = 0
    cdef int64_t index = 0
    cdef int status = open_packet(world, peer, data, &size, plain)
    stream.samples += 1
    stream.since_sample = 0
    if status != 0:
        stream.bad += 1
        stream.bad_status = status
        return
    if not read_mark(world, plain, size, &track, &index):
        stream.unmarked += 1
        return
    if stream.track >= 0 and (stream.track != track or stream.offset != sequence - index):
        stream.switches += 1
    stream.track = track
    stream.offset = sequence - index


cdef bint mark_seen(Stream* stream, int64_t sequence) noexcept nogil:
    """True the first time; the window slides with the highest number."""
    cdef uint64_t bit = <uint64_t>1 << (sequence & 63)
    cdef uint64_t* word = &stream.seen[(sequence & (SEEN_BITS - 1)) >> 6]
    if sequence <= stream.highest - SEEN_BITS:
        return False
    if word[0] & bit:
        return False
    word[0] |= bit
    return True


cdef void slide(Stream* stream, int64_t sequence) noexcept nogil:
    """Forget what lies a window back and note the gap between the old highest number and the new one."""
    cdef int64_t number
    if sequence - stream.highest >= SEEN_BITS:
        memset(stream.seen, 0, sizeof(stream.seen))
        stream.missing_count = 0
        stream.highest = sequence
        return
    for number in range(stream.highest + 1, sequence + 1):
        stream.seen[(number & (SEEN_BITS - 1)) >> 6] &= ~(<uint64_t>1 << (number & 63))
        if number < sequence and stream.missing_count < MAX_MISSING:
            stream.missing[stream.missing_count].sequence = number
            stream.missing[stream.missing_count].asked_ns = 0
            stream.missing[stream.missing_count].tries = 0
            stream.missing_count += 1
    stream.highest = sequence


cdef void found(Stream* stream, int64_t sequence) noexcept nogil:
    cdef int index
    for index in range(stream.missing_count):
        if stream.missing[index].sequence == sequence:
            stream.missing_count -= 1
            stream.missing[index] = stream.missing[stream.missing_count]
            return


cdef void count_in_window(
    World* world, Peer* peer, Stream* stream, int64_t sequence, bint last, int64_t arrival_ns,
) noexcept nogil:
    """Count one new media packet, and its latency, if it was meant to be sent inside the measuring window."""
    cdef Track* track
    cdef int64_t index = sequence - stream.offset
    cdef int64_t intended, latency
    if stream.track < 0:
        return
    track = &world.tracks[stream.track]
    if index < 0 or index >= track.packets or index < track.packets - SENT_WINDOW:
        return
    if peer.first_media_ns == 0 and track.opens[index & (SENT_WINDOW - 1)]:
        peer.first_media_ns = arrival_ns
    intended = track.intended[index & (SENT_WINDOW - 1)]
    if intended < world.window_start_ns or intended >= world.window_end_ns:
        return
    stream.window_packets += 1
    latency = arrival_ns - intended
    count_time(world.latency, latency)
    if last:
        count_time(world.latency_last, latency)
    if latency > world.latency_max_ns:
        world.latency_max_ns = latency


cdef void count_jitter(World* world, Stream* stream, uint32_t timestamp, int64_t arrival_ns) noexcept nogil:
    """Interarrival jitter, sixteenfold (RFC 3550 A.8)."""
    cdef int64_t rate = 90000
    cdef int64_t transit, distance
    if stream.track >= 0:
        rate = world.tracks[stream.track].clock_rate
    transit = <int64_t><uint32_t>(<uint32_t>(arrival_ns // 1000 * rate // 1_000_000) - timestamp)
    distance = transit - stream.transit
    if distance < 0:
        distance = -distance
    stream.transit = transit
    if stream.packets > 1 and distance < rate:
        stream.jitter += distance - ((stream.jitter + 8) >> 4)


cdef void media(World* world, Peer* peer, uint8_t* data, int size, int64_t arrival_ns) noexcept nogil:
    cdef Stream* stream = find_stream(peer, get32(data + 8), True)
    cdef int64_t sequence
    if stream == NULL:
        peer.unknown += 1
        return
    if stream.packets == 0:
        stream.first = stream.highest = get16(data + 2) + 65536
    sequence = unwrap16(stream.highest, get16(data + 2))
    if sequence > stream.highest:
        slide(stream, sequence)
    if not mark_seen(stream, sequence):
        stream.duplicates += 1
        return
    if stream.missing_count:
        found(stream, sequence)
    stream.packets += 1
    stream.octets += size
    stream.since_sample += 1
    if sequence == stream.highest and (stream.track < 0 or stream.since_sample >= world.sample_every):
        take_sample(world, peer, stream, data, size, sequence)
    count_jitter(world, stream, get32(data + 4), arrival_ns)
    count_in_window(world, peer, stream, sequence, data[1] & 0x80, arrival_ns)


cdef void retransmission(World* world, Peer* peer, const uint8_t* data, int size, int64_t arrival_ns) noexcept nogil:
    """RTX (RFC 4588): always decrypted, since the original number is inside; padding (probes) carries no mark."""
    cdef uint8_t plain[DATAGRAM_ROOM]
    cdef int head = 12 + 4 * (data[0] & 15)
    cdef int track = 0
    cdef int number
    cdef int64_t index = 0
    cdef int64_t sequence
    cdef Stream* stream
    peer.rtx += 1
    if open_packet(world, peer, data, &size, plain) != 0:
        peer.unknown += 1
        return
    if plain[0] & 0x10 and head + 4 <= size:
        head += 4 + 4 * get16(plain + head + 2)
    if head + 2 > size or not read_mark(world, plain, size, &track, &index):
        peer.padding += 1
        return
    for number in range(peer.stream_count):
        stream = &peer.streams[number]
        if stream.track != track:
            continue
        sequence = unwrap16(stream.highest, get16(plain + head))
        if sequence > stream.highest:
            stream.duplicates += 1
            return
        if not mark_seen(stream, sequence):
            peer.padding += 1  # what is there already: a probe
            return
        found(stream, sequence)
        stream.packets += 1
        stream.recovered += 1
        count_in_window(world, peer, stream, sequence, False, arrival_ns)
        return


cdef void receive(World* world, int number, unsigned char* data, int size, int64_t arrival_ns) noexcept nogil:
    cdef Peer* peer = &world.peers[number]
    cdef uint8_t kind
    if size < 1:
        return
    if data[0] < 4:
        peer.stun += 1
    elif data[0] < 64:
        peer.dtls += 1
    elif size >= 8 and 192 <= data[1] <= 223:
        peer.rtcp += 1
        if peer.receive_session == NULL:
            return
        if world.unprotect_rtcp(peer.receive_session, data, &size) != 0:
            peer.rtcp_bad += 1
        else:
            read_rtcp(world, number, data, size)
    elif size >= 12 and size <= DATAGRAM_ROOM:
        peer.received += 1
        kind = peer.kind_of[data[1] & 0x7F]
        if peer.transport_id:
            read_transport_sequence(peer, data, size, arrival_ns)
        if kind == KIND_UNKNOWN:
            peer.unknown += 1
        elif kind == KIND_RTX:
            retransmission(world, peer, data, size, arrival_ns)
        else:
            media(world, peer, data, size, arrival_ns)

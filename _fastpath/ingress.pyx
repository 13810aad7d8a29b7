"""Numbering, gaps and reports of one incoming stream.

Three numbers follow a packet. `sequence` is its RTP sequence number unwrapped to 64 bits. `media_sequence` is the same with
the padding-only packets before it taken out: publishers send those to probe, receivers do not need them, and leaving them
out would tear a hole that every receiver asks for. A padding-only packet that comes late has left its hole already, so it
is forwarded as it is, empty.

Missing packets wait REORDER_NS (they may only be late), then are asked for every round trip, MAX_TRIES times.
"""
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcmp, memset

from _fastpath.counters cimport C_DROP_DUPLICATE, C_DROP_PADDING, C_DROP_TOO_OLD
from _fastpath.packet cimport EXT_MID, EXT_REPAIRED_RID, EXT_RID, Packet
from _fastpath.rtcp cimport ReportBlock
from _fastpath.table cimport (
    INCOMING_SSRCS, MISSING, PADDING_GAPS, SEEN, Arrival, Endpoint, Incoming, Layer, Missing, State, count, soonest)
from _fastpath.wire cimport unwrap16

cdef enum:
    MAX_REBINDS = 64            # a browser changes an SSRC at most once per renegotiation
    FIRST_SEQUENCE = 1 << 20    # so that numbers before the first packet stay positive


# --- whose packet -------------------------------------------------------------------------------------------------


cdef inline uint32_t slot_of(uint32_t ssrc) noexcept nogil:
    return (ssrc * 0x9E3779B1u) >> 16


cdef Layer* layer_of_ssrc(Endpoint* endpoint, uint32_t ssrc, bint* rtx) noexcept nogil:
    cdef uint32_t at = slot_of(ssrc) & (INCOMING_SSRCS - 1)
    cdef int _
    for _ in range(INCOMING_SSRCS):
        if endpoint.incoming[at].layer == NULL:
            return NULL
        if endpoint.incoming[at].ssrc == ssrc:
            rtx[0] = endpoint.incoming[at].rtx
            return endpoint.incoming[at].layer
        at = (at + 1) & (INCOMING_SSRCS - 1)
    return NULL


cdef inline bint same(const Packet* packet, int kind, const uint8_t* value, int size) noexcept nogil:
    return packet.ext_length[kind] == size and memcmp(packet.data + packet.ext_offset[kind], value, size) == 0


cdef Layer* find_layer(Endpoint* endpoint, const Packet* packet, bint* rtx) noexcept nogil:
    cdef Layer* layer = layer_of_ssrc(endpoint, packet.ssrc, rtx)
    if layer != NULL or packet.ext_length[EXT_MID] == 0:
        return layer
    layer = endpoint.layers
    while layer != NULL:
        if layer.mid_size and same(packet, EXT_MID, layer.mid, layer.mid_size):
            if layer.rid_size == 0:
                rtx[0] = endpoint.payloads != NULL and endpoint.payloads.rtx_for[packet.payload_type] != 0
                return layer
            if same(packet, EXT_RID, layer.rid, layer.rid_size):
                rtx[0] = False
                return layer
            if same(packet, EXT_REPAIRED_RID, layer.rid, layer.rid_size):
                rtx[0] = True
                return layer
        layer = layer.next_in_endpoint
    return NULL


cdef void forget(Endpoint* endpoint, uint32_t ssrc) noexcept nogil:
    """Rebuild the small table without one SSRC: rare, and simpler than shifting back."""
    cdef Incoming[INCOMING_SSRCS] kept
    cdef int i
    cdef uint32_t at
    for i in range(INCOMING_SSRCS):
        kept[i] = endpoint.incoming[i]
    memset(endpoint.incoming, 0, sizeof(endpoint.incoming))
    for i in range(INCOMING_SSRCS):
        if kept[i].layer == NULL or kept[i].ssrc == ssrc:
            continue
        at = slot_of(kept[i].ssrc) & (INCOMING_SSRCS - 1)
        while endpoint.incoming[at].layer != NULL:
            at = (at + 1) & (INCOMING_SSRCS - 1)
        endpoint.incoming[at] = kept[i]


cdef void unbind_layer(Endpoint* endpoint, Layer* layer) noexcept nogil:
    if layer.ssrc:
        forget(endpoint, layer.ssrc)
    if layer.rtx_ssrc:
        forget(endpoint, layer.rtx_ssrc)
    layer.ssrc = layer.rtx_ssrc = 0


cdef bint bind_layer(State* state, Endpoint* endpoint, Layer* layer, uint32_t ssrc, bint rtx) noexcept nogil:
    cdef uint32_t* known = &layer.rtx_ssrc if rtx else &layer.ssrc
    cdef uint32_t at = slot_of(ssrc) & (INCOMING_SSRCS - 1)
    cdef int _
    if known[0] == ssrc:
        return True
    if known[0]:
        if layer.rebinds >= MAX_REBINDS:
            return False
        layer.rebinds += 1
        forget(endpoint, known[0])
        if not rtx:
            layer.started = False
            layer.missing_count = 0
    for _ in range(INCOMING_SSRCS - 1):  # one place stays free: probing must end
        if endpoint.incoming[at].layer == NULL:
            endpoint.incoming[at].ssrc = ssrc
            endpoint.incoming[at].rtx = rtx
            endpoint.incoming[at].layer = layer
            known[0] = ssrc
            if not rtx:
                endpoint.feedback_ssrc = ssrc
            return True
        at = (at + 1) & (INCOMING_SSRCS - 1)
    known[0] = 0
    return False


# --- gaps ---------------------------------------------------------------------------------------------------------


cdef inline void mark(Layer* layer, int64_t sequence, bint seen) noexcept nogil:
    if seen:
        layer.seen[(sequence & (SEEN - 1)) >> 6] |= <uint64_t>1 << (sequence & 63)
    else:
        layer.seen[(sequence & (SEEN - 1)) >> 6] &= ~(<uint64_t>1 << (sequence & 63))


cdef void miss(State* state, Layer* layer, int64_t first, int64_t last) noexcept nogil:
    """Packets first..last have not come. More than can be asked for: only a keyframe helps."""
    cdef Missing* entry
    if layer.missing_count + (last - first + 1) > MISSING:
        layer.lost += layer.missing_count + (last - first + 1)
        layer.missing_count = 0
        layer.keyframe_wanted = layer.track.video
        soonest(state, layer.track.endpoint, state.now_ns)
        return
    while first <= last:
        entry = &layer.missing[layer.missing_count]
        entry.sequence = first
        entry.due_ns = state.now_ns + REORDER_NS
        entry.asked_ns = 0
        entry.tries = 0
        layer.missing_count += 1
        first += 1
    if state.now_ns + REORDER_NS < layer.nack_due_ns or layer.nack_due_ns == 0:
        layer.nack_due_ns = state.now_ns + REORDER_NS
    soonest(state, layer.track.endpoint, layer.nack_due_ns)


cdef void found(State* state, Layer* layer, int64_t sequence) noexcept nogil:
    """A missing packet came after all."""
    cdef int i
    cdef int64_t sample
    for i in range(layer.missing_count):
        if layer.missing[i].sequence != sequence:
            continue
        if layer.missing[i].tries > 0:
            layer.recovered += 1
        if layer.missing[i].tries == 1:
            sample = state.now_ns - layer.missing[i].asked_ns
            if layer.track.endpoint.rtt_ns == 0:
                layer.track.endpoint.rtt_ns = sample
        layer.missing_count -= 1
        while i < layer.missing_count:  # in order, so that a NACK's bitmask packs well
            layer.missing[i] = layer.missing[i + 1]
            i += 1
        return


cdef int due_nacks(State* state, Layer* layer, unsigned short* out, int capacity) noexcept nogil:
    cdef int n = 0
    cdef int kept = 0
    cdef int i
    cdef Missing* entry
    cdef int64_t rtt = layer.track.endpoint.rtt_ns
    cdef int64_t wait = rtt + rtt // 8 if rtt > 0 else UNKNOWN_RTT_NS
    if wait < RETRY_NS:
        wait = RETRY_NS
    layer.nack_due_ns = 0
    for i in range(layer.missing_count):
        entry = &layer.missing[i]
        if entry.due_ns <= state.now_ns and n < capacity:
            if entry.tries >= MAX_TRIES:
                layer.lost += 1
                continue
            out[n] = <unsigned short>entry.sequence
            n += 1
            entry.tries += 1
            entry.asked_ns = state.now_ns
            entry.due_ns = state.now_ns + wait
        if layer.nack_due_ns == 0 or entry.due_ns < layer.nack_due_ns:
            layer.nack_due_ns = entry.due_ns
        if kept != i:
            layer.missing[kept] = entry[0]
        kept += 1
    layer.missing_count = kept
    return n


# --- numbering ----------------------------------------------------------------------------------------------------


cdef int64_t without_padding(Layer* layer, int64_t sequence) noexcept nogil:
    cdef int64_t newer = 0
    cdef int64_t remembered = layer.padding_count if layer.padding_count < PADDING_GAPS else PADDING_GAPS
    while newer < remembered:
        if layer.padding[(layer.padding_count - 1 - newer) & (PADDING_GAPS - 1)] < sequence:
            break
        newer += 1
    if newer == remembered and layer.padding_count > PADDING_GAPS:
        return -1
    return sequence - (layer.padding_count - newer)


cdef void advance(State* state, Layer* layer, int64_t sequence) noexcept nogil:
    """`sequence` is the newest now."""
    cdef int64_t gap = sequence - layer.highest
    cdef int64_t i
    if gap >= SEEN:
        memset(layer.seen, 0, sizeof(layer.seen))
    else:
        for i in range(layer.highest + 1, sequence):
            mark(layer, i, False)
    if gap > 1:
        miss(state, layer, layer.highest + 1, sequence - 1)
    layer.highest = sequence
    mark(layer, sequence, True)


cdef void measure(State* state, Arrival* arrival) noexcept nogil:
    """Interarrival jitter, RFC 3550 appendix A.8; packets that were retransmitted say nothing about it."""
    cdef Layer* layer = arrival.layer
    cdef int64_t transit
    cdef double difference
    if layer.clock_rate == 0:
        return
    transit = <int64_t>(<double>arrival.packet.arrival_ns * layer.clock_rate / 1e9) - arrival.packet.timestamp
    difference = <double>(<int>(<uint32_t>(transit - layer.transit)))
    if layer.packets > 1:
        layer.jitter += ((difference if difference >= 0 else -difference) - layer.jitter) / 16.0
    layer.transit = transit


cdef bint take(State* state, Arrival* arrival, bint recovered) noexcept nogil:
    cdef Layer* layer = arrival.layer
    cdef bint empty = arrival.packet.payload_size == 0
    cdef bint newest
    if not layer.started:
        layer.started = True
        layer.base = layer.highest = FIRST_SEQUENCE + arrival.packet.sequence
        layer.received = layer.expected_prior = layer.received_prior = 0
        layer.padding_count = 0
        layer.structure.template_count = layer.former_structure.template_count = 0
        layer.top_spatial = layer.top_temporal = 0
        memset(layer.seen, 0, sizeof(layer.seen))
        layer.highest -= 1
    arrival.sequence = unwrap16(layer.highest, arrival.packet.sequence)
    newest = arrival.sequence > layer.highest
    if newest:
        advance(state, layer, arrival.sequence)
    elif layer.highest - arrival.sequence >= SEEN or arrival.sequence < layer.base:
        count(state, C_DROP_TOO_OLD)
        return False
    elif is_seen(layer, arrival.sequence):
        count(state, C_DROP_DUPLICATE)
        return False
    else:
        mark(layer, arrival.sequence, True)
        found(state, layer, arrival.sequence)
    layer.packets += 1
    layer.octets += arrival.packet.payload_size
    layer.rate_octets += arrival.packet.payload_size
    layer.last_arrival_ns = state.now_ns
    if not recovered:
        layer.received += 1
        measure(state, arrival)
    if newest and empty:
        layer.padding[layer.padding_count & (PADDING_GAPS - 1)] = arrival.sequence
        layer.padding_count += 1
        count(state, C_DROP_PADDING)
        return False
    arrival.media_sequence = without_padding(layer, arrival.sequence)
    if arrival.media_sequence < 0:
        count(state, C_DROP_TOO_OLD)
        return False
    return True


cdef int64_t LONGEST_DELAY_NS = 60 * 1000000000LL  # the field holds 18 hours, but such a report says nothing


# --- reports ------------------------------------------------------------------------------------------------------


cdef void report_block(State* state, Layer* layer, ReportBlock* out) noexcept nogil:
    """Fraction and count of lost packets, highest number, jitter, and what the sender needs for the round trip."""
    cdef int64_t expected = layer.highest - layer.base + 1
    cdef int64_t expected_now = expected - layer.expected_prior
    cdef int64_t received_now = layer.received - layer.received_prior
    cdef int64_t lost_now = expected_now - received_now
    cdef int64_t lost = expected - layer.received
    cdef int64_t delay
    memset(out, 0, sizeof(ReportBlock))
    layer.expected_prior = expected
    layer.received_prior = layer.received
    out.ssrc = layer.ssrc
    if expected_now > 0 and lost_now > 0:
        out.fraction_lost = <uint8_t>((lost_now << 8) // expected_now if lost_now < expected_now else 255)
    out.cumulative_lost = <int>(lost if lost < 0x7FFFFF else 0x7FFFFF)
    if out.cumulative_lost < 0:
        out.cumulative_lost = 0
    out.highest_sequence = <uint32_t>(layer.highest - FIRST_SEQUENCE)
    out.jitter = <uint32_t>layer.jitter
    if layer.sr_arrival_ns:
        delay = state.now_ns - layer.sr_arrival_ns
        out.last_sr = <uint32_t>(layer.sr_ntp >> 16)
        out.delay_since_last_sr = <uint32_t>((delay << 16) // 1000000000) if delay < LONGEST_DELAY_NS else 0

"""A ring of sent packets that feedback is matched against.

Delays are kept in microseconds less the first one's, in 32 bits: sender and receiver have clocks of their own, so only
differences mean anything, and half an hour of drift or of a clock set anew is clamped. Sixteen octets a packet.
"""
from libc.stdint cimport int32_t, int64_t

from _fastpath.twcc cimport TwccAck
from _fastpath.wire cimport unwrap16

cdef enum:
    DELAY_LIMIT_US = 2_000_000_000
    REFERENCE_TURN_NS = 1_073_741_824_000_000   # 24 bits of 64 ms


cdef void sent_log_jump(SentLog* log, int64_t sequence) noexcept nogil:
    """The next packet sent is not `highest` + 1: the first one of all, or numbers were left out or came back."""
    cdef int64_t passed
    if not log.started:
        log.started = True
        log.newest_received = -1
        return
    passed = max(log.highest + 1, sequence - SENT_LOG)
    while passed < sequence:
        sent_packet(log, passed).fate = NEVER_SENT
        passed += 1


cdef int64_t unwrapped_arrival(SentLog* log, int64_t arrival_ns) noexcept nogil:
    cdef int64_t turns
    if log.heard:
        turns = (log.last_arrival_ns - arrival_ns + REFERENCE_TURN_NS // 2) // REFERENCE_TURN_NS
        arrival_ns += turns * REFERENCE_TURN_NS
    return arrival_ns


cdef SentPacket* sent_log_ack(SentLog* log, const TwccAck* ack, Fate* was) noexcept nogil:
    cdef int64_t sequence = unwrap16(log.highest, ack.sequence)
    cdef int64_t arrival_ns, delay_us
    cdef SentPacket* packet = sent_packet(log, sequence)
    if not log.started or sequence > log.highest or sequence <= log.highest - SENT_LOG or sequence < 0:
        return NULL
    was[0] = <Fate>packet.fate
    if packet.fate == NEVER_SENT or packet.fate == RECEIVED or (packet.fate == LOST and not ack.received):
        return NULL
    if not ack.received:
        packet.fate = LOST
        return packet
    arrival_ns = unwrapped_arrival(log, ack.arrival_ns)
    if not log.heard:
        log.heard = True
        log.clock_offset_ns = arrival_ns - packet.sent_ns
    log.last_arrival_ns = arrival_ns
    delay_us = (arrival_ns - packet.sent_ns - log.clock_offset_ns) // 1000
    packet.delay_us = <int32_t>min(max(delay_us, -<int64_t>DELAY_LIMIT_US), <int64_t>DELAY_LIMIT_US)
    packet.fate = RECEIVED
    log.newest_received = max(log.newest_received, sequence)
    return packet

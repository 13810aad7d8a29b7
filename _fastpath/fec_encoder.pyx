"""Groups of packets under common protection.

A group ends with a frame, as soon as it has earned a FEC packet by its own packets, and at the latest with the third frame
or when the next frame would come later than 100 ms after the group's begin: a repair that comes later than a
retransmission is none. Within a frame it ends where it has earned BANKS FEC packets or the mask is full, but not
with `whole_frames`: FEC packets that share the media's numbers would tear the frame apart for libwebrtc, which puts a frame
together from consecutive numbers. There, what of a frame lies beyond the mask stays unprotected.

How many FEC packets a group gets is known only when it ends. So its packets are summed in turn into BANKS banks, and
at the end the banks are joined to as many sums as there are FEC packets; neighbours never lie in one sum where there
are two or more, so that a burst of two is repaired. What is owed or was given too much is carried to the next group.
"""
from libc.stdint cimport int64_t

from _fastpath.packet cimport Packet
from _fastpath.parity cimport parity_add, parity_clear, parity_merge

cdef enum:
    MAX_CREDIT = 100            # one packet: a queue of debts would come as a burst when frames grow


cdef void fec_reset(FecEncoder* encoder) noexcept nogil:
    cdef int i
    for i in range(BANKS):
        parity_clear(&encoder.banks[i])
    encoder.packets = 0
    encoder.frames = 0


cdef void fec_add(FecEncoder* encoder, int64_t number, const Packet* packet, int dose, int64_t now_ns) noexcept nogil:
    if number <= encoder.newest:
        return  # late: it was lost before and is repaired already
    encoder.newest = number
    encoder.frame_end = packet.marker
    if encoder.packets and number - encoder.base >= GROUP_SPAN:
        if encoder.whole_frames:
            return
        fec_reset(encoder)
    if encoder.packets == 0:
        encoder.base = number
        encoder.first_ns = now_ns
    if parity_add(&encoder.banks[encoder.packets & (BANKS - 1)], <int>(number - encoder.base), packet):
        encoder.packets += 1
        encoder.credit += dose


cdef bint is_complete(FecEncoder* encoder, int dose, int64_t now_ns) noexcept nogil:
    cdef bint is_full = encoder.packets * dose >= BANKS * 100 or encoder.newest - encoder.base + 1 >= GROUP_SPAN
    if not encoder.frame_end:
        return is_full and not encoder.whole_frames
    encoder.frames += 1
    encoder.interval_ns = now_ns - encoder.frame_ns
    encoder.frame_ns = now_ns
    return (is_full or encoder.packets * dose >= 100 or encoder.frames >= GROUP_FRAMES
            or now_ns + encoder.interval_ns - encoder.first_ns > GROUP_NS)


cdef void join_banks(FecEncoder* encoder, int n) noexcept nogil:
    cdef int i
    for i in range(n, BANKS):
        # Bank 0 follows on bank 7: with seven sums they must not meet either.
        parity_merge(&encoder.banks[3 if n == 7 else i % n], &encoder.banks[i])


cdef int fec_due(FecEncoder* encoder, int dose, int64_t now_ns) noexcept nogil:
    cdef int n
    if encoder.packets == 0 or not is_complete(encoder, dose, now_ns):
        return 0
    n = (encoder.credit + 50) // 100 if encoder.credit > 0 else 0
    if n > encoder.packets:
        n = encoder.packets
    if n > BANKS:
        n = BANKS
    encoder.credit -= n * 100
    if encoder.credit > MAX_CREDIT:
        encoder.credit = MAX_CREDIT
    if n == 0:
        fec_reset(encoder)
    else:
        join_banks(encoder, n)
    return n

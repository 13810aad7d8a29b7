"""One-way delay above its least of the last ten seconds, and what it tells.

Not in libwebrtc's goog_cc (January 2026), which knows only that delay grows. An SFU sends fixed layers and is rarely
limited by the network, so its acknowledged rate says little about the link; but while packets wait in the
bottleneck's queue they come out at exactly the link's rate (or our share of it), however little we send. `busy_stretch`
measures that rate over the newest packets that all waited: the 'estimated throughput' of a decrease. The longest gap
between two of them is left out: while a queue is emptied evenly that changes nothing, and a stall (Wi-Fi) is no rate.

A link that falls to a fraction shows it within one burst: packets sent a millisecond or two apart come out far apart, and
each waits longer than the one before it. `collapsed_bps` needs four such packets, where a trend needs twenty groups and
a stretch fifty milliseconds. Four packets are few, so their spacing has to be even: what was held back and then let
go comes in clumps with silence between them, and that is no rate.

The least delay is kept per second, so that drift of the clocks (100 ppm is 1 ms in ten seconds) and a longer path are
forgotten; sooner by `queue_rebase`.
"""
from libc.stdint cimport int32_t, int64_t

from _fastpath.sent_log cimport LOST, RECEIVED, SENT_LOG, SentLog, SentPacket, arrival_of, most_lost, sent_packet

cdef enum:
    SECOND_NS = 1_000_000_000
    FORGET_SECONDS = 60
    NOTHING_US = 0x7FFFFFFF
    # More than jitter: a stretch ends at a packet that waited less.
    WAITED_US = 8_000
    IDLE_NS = 2_000_000
    MAX_STRETCH_NS = 400_000_000
    # A queue this deep has come in a moment, or been there for long: the last moments alone tell the link's rate now, while
    # what came before a sudden drop of it would hide the drop, decrease after decrease.
    DEEP_US = 90_000
    DEEP_STRETCH_NS = 120_000_000
    MAX_STRETCH = 384
    MIN_STRETCH_NS = 50_000_000
    MIN_STRETCH = 5
    LOOK_BACK = 256
    COLLAPSED_PACKETS = 4
    COLLAPSED_US = 40_000       # the deepest queue that one of them found
    COLLAPSED_GROWTH_US = 35_000    # above that of the first
    COLLAPSED_STRETCH_NS = 120_000_000
    SAME_BURST_NS = 5_000_000
    LEAST_OCTETS = 250          # a shorter packet's gap is mostly the resolution of the clock

cdef double EVEN = 1.6          # times the mean time per octet, for the slowest packet


cdef void queue_packet(QueueDelay* queue, int64_t arrival_ns, int32_t delay_us) noexcept nogil:
    cdef int64_t slice_ = arrival_ns // SECOND_NS
    cdef int index
    if not queue.started or slice_ - queue.slice_ > FORGET_SECONDS:
        queue.started = True
        queue.slice_ = slice_
        for index in range(BASE_SLICES):
            queue.least_us[index] = NOTHING_US
    # A second without packets does not count: the base is kept through a silence that clocks do not drift in.
    if slice_ > queue.slice_:
        queue.slice_ = slice_
        for index in range(BASE_SLICES - 1, 0, -1):
            queue.least_us[index] = queue.least_us[index - 1]
        queue.least_us[0] = NOTHING_US
    queue.least_us[0] = min(queue.least_us[0], delay_us)


cdef void queue_rebase(QueueDelay* queue, int seconds) noexcept nogil:
    cdef int index
    for index in range(max(seconds, 1), BASE_SLICES):
        queue.least_us[index] = NOTHING_US


cdef int32_t queue_base_us(const QueueDelay* queue) noexcept nogil:
    cdef int32_t least = NOTHING_US
    cdef int index
    if not queue.started:
        return 0
    for index in range(BASE_SLICES):
        least = min(least, queue.least_us[index])
    return least


cdef int64_t queue_standing_ns(const QueueDelay* queue, SentLog* log, int64_t window_ns) noexcept nogil:
    cdef int64_t sequence = log.newest_received
    cdef int64_t oldest = max(sequence - LOOK_BACK, log.highest - SENT_LOG + 1)
    cdef int64_t newest_ns = 0
    cdef int32_t least = NOTHING_US
    cdef SentPacket* packet
    if not queue.started:
        return 0
    while sequence >= oldest and sequence >= 0:
        packet = sent_packet(log, sequence)
        sequence -= 1
        if packet.fate != RECEIVED:
            continue
        newest_ns = max(newest_ns, arrival_of(packet)) if newest_ns else arrival_of(packet)
        if newest_ns - arrival_of(packet) > window_ns:
            break
        least = min(least, packet.delay_us)
    return max(<int64_t>0, (<int64_t>least - queue_base_us(queue)) * 1000) if newest_ns else 0


cdef Busy busy_stretch(const QueueDelay* queue, SentLog* log, double inherent) noexcept nogil:
    """From the newest packet known to have arrived backwards."""
    cdef Busy busy = Busy(0, 0, 0, 0, 0)
    cdef int64_t sequence = log.newest_received
    cdef int64_t oldest = max(sequence - MAX_STRETCH, log.highest - SENT_LOG + 1)
    cdef int64_t waited = <int64_t>queue_base_us(queue) + WAITED_US
    cdef int64_t first_arrival = 0, last_arrival = 0, first_sent = 0, last_sent = 0, arrival
    cdef int64_t gap = 0, gap_size = 0, later_arrival = 0, later_size = 0, later_queue_ns = 0
    cdef int64_t received = 0, lost = 0, first_size = 0, lost_here = 0, lost_packets = 0
    cdef int64_t span_ns = MAX_STRETCH_NS
    cdef double share
    cdef SentPacket* packet
    while sequence >= oldest and sequence >= 0:
        packet = sent_packet(log, sequence)
        sequence -= 1
        if packet.fate == LOST:
            lost_here += packet.size
            lost_packets += 1
            continue
        if packet.fate != RECEIVED:
            continue
        arrival = arrival_of(packet)
        if packet.delay_us < waited:
            break
        if busy.packets == 0:
            last_arrival = arrival
            last_sent = packet.sent_ns
            if packet.delay_us > waited + DEEP_US:
                span_ns = DEEP_STRETCH_NS
        elif last_arrival - arrival > span_ns and busy.packets >= MIN_STRETCH:
            break
        elif later_arrival - arrival > later_queue_ns + IDLE_NS:
            break       # the later packet came to an idle link
        elif later_arrival - arrival > gap:
            gap = later_arrival - arrival
            gap_size = later_size
        later_arrival = arrival
        later_queue_ns = (packet.delay_us - waited + WAITED_US) * 1000
        later_size = packet.size
        first_arrival = arrival if busy.packets == 0 else min(first_arrival, arrival)
        last_arrival = max(last_arrival, arrival)
        first_sent = packet.sent_ns
        first_size = packet.size
        received += packet.size
        lost += lost_here      # losses count when a packet before them is in the stretch as well
        busy.lost += <int>lost_packets
        lost_here = 0
        lost_packets = 0
        busy.packets += 1
    busy.span_ns = last_arrival - first_arrival
    if busy.packets < MIN_STRETCH or busy.span_ns < MIN_STRETCH_NS or last_sent <= first_sent:
        return busy
    # What the path loses in any case went through the bottleneck (or would have).
    share = 1 + min(<double>lost / received, most_lost(inherent))
    busy.received_bps = share * (received - first_size) * 8e9 / busy.span_ns
    if busy.span_ns - gap >= MIN_STRETCH_NS // 2:   # without the longest gap, which may have been a stall
        busy.received_bps = max(
            busy.received_bps, share * (received - first_size - gap_size) * 8e9 / (busy.span_ns - gap))
    busy.sent_bps = (received + lost - first_size) * 8e9 / (last_sent - first_sent)
    return busy


cdef double collapsed_bps(const QueueDelay* queue, SentLog* log) noexcept nogil:
    """From the newest packet known to have arrived backwards, through packets that waited ever longer."""
    cdef int64_t sequence = log.newest_received
    cdef int64_t oldest = max(sequence - LOOK_BACK, log.highest - SENT_LOG + 1)
    cdef int64_t base = queue_base_us(queue)
    cdef int64_t newest_arrival = 0, newest_sent = 0, deepest_us = 0, arrival, octets = 0
    cdef double slowest = 0
    cdef int packets = 0
    cdef SentPacket* packet
    cdef SentPacket* later = NULL
    while sequence >= oldest and sequence >= 0:
        packet = sent_packet(log, sequence)
        sequence -= 1
        if packet.fate != RECEIVED:
            continue
        arrival = arrival_of(packet)
        if later == NULL:
            newest_arrival = arrival
            newest_sent = packet.sent_ns
            deepest_us = packet.delay_us
        elif newest_arrival - arrival > COLLAPSED_STRETCH_NS and packets >= COLLAPSED_PACKETS:
            break
        elif packet.delay_us > later.delay_us and later.sent_ns - packet.sent_ns < SAME_BURST_NS:
            break
        elif arrival_of(later) - arrival > (later.delay_us - base) * 1000 + IDLE_NS:
            break       # the later packet came to an idle link
        else:
            octets += later.size
            slowest = max(slowest, <double>(arrival_of(later) - arrival) / max(<int>later.size, <int>LEAST_OCTETS))
        packets += 1
        deepest_us = max(deepest_us, <int64_t>packet.delay_us)
        later = packet
        if packet.delay_us < base + WAITED_US:
            break
    if (packets < COLLAPSED_PACKETS or deepest_us - base < COLLAPSED_US
            or deepest_us - later.delay_us < COLLAPSED_GROWTH_US):
        return 0
    arrival = newest_arrival - arrival_of(later)
    if slowest * octets > EVEN * arrival or 3 * arrival < 4 * (newest_sent - later.sent_ns):
        return 0
    return octets * 8e9 / arrival

"""Transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01)."""
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t

cdef enum:
    # Arrivals remembered per publisher: 100 ms of feedback at 40 kpps; a power of two.
    TWCC_WINDOW = 4096

cdef struct TwccArrivals:
    # What came from one publisher since the last feedback. Zero it, then use it.
    int64_t arrival_ns[TWCC_WINDOW]  # 0: not arrived; by unwrapped sequence modulo the window
    int64_t next_report     # first unwrapped sequence that the next feedback covers
    int64_t highest         # highest unwrapped sequence seen
    bint started
    uint8_t feedback_count

cdef struct TwccAck:
    uint16_t sequence
    bint received
    int64_t arrival_ns      # on the receiver's clock, from the feedback's reference time; 0 where lost

cdef void twcc_arrived(TwccArrivals* arrivals, uint16_t sequence, int64_t arrival_ns) noexcept nogil
# True where there is something to report.
cdef bint twcc_pending(const TwccArrivals* arrivals) noexcept nogil
# Writes one feedback packet (at most `capacity` bytes, the rest stays for the next call); 0: nothing pending.
cdef int twcc_write_feedback(
    TwccArrivals* arrivals, uint8_t* out, int capacity, uint32_t sender, uint32_t media) noexcept nogil
# Reads a feedback packet (RTCP header first); returns how many acks were written, -1 where malformed.
cdef int twcc_read_feedback(const uint8_t* data, int size, TwccAck* acks, int capacity) noexcept nogil

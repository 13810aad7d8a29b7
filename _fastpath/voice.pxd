"""Who makes a sound, by the levels that packets carry (RFC 6464)."""
from libc.stdint cimport int64_t

from _fastpath.packet cimport Packet
from _fastpath.table cimport State, Track

# The packet's level moves the Track's; a voice that begins is told at once.
cdef void note_level(State* state, Track* track, const Packet* packet) noexcept nogil
# The Track's level in 1/16 dB below full scale, silence since its last packet included.
cdef int level_now(const Track* track, int64_t now_ns) noexcept nogil

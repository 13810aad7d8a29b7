"""The sending side: frames on an absolute schedule, retransmissions, sender reports."""
from libc.stdint cimport int64_t, uint16_t

from bench.load.model cimport Track, World

# Send every packet of the Track that is due at `world.now_ns`.
cdef void publish_due(World* world, int track) noexcept nogil
cdef void retransmit(World* world, Track* track, uint16_t sequence) noexcept nogil
# Protect (in place, `data` has room) and send one RTCP compound.
cdef void send_rtcp(World* world, int peer, unsigned char* data, int size) noexcept nogil

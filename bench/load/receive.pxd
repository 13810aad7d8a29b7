"""The receiving side: what comes out of the server is counted by its cleartext header, a sample is decrypted."""
from libc.stdint cimport int64_t

from bench.load.model cimport World

# One datagram of a peer; `arrival_ns` is the kernel's receive time on CLOCK_MONOTONIC. `data` may be overwritten.
cdef void receive(World* world, int peer, unsigned char* data, int size, int64_t arrival_ns) noexcept nogil

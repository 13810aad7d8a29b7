"""ICE-TCP: STUN, DTLS and SRTP framed on a stream by a 16-bit length (RFC 6544, RFC 4571)."""
from libc.stdint cimport uint8_t

from _fastpath.socket_batch cimport Datagram, Sockets, Stream
from _fastpath.table cimport Address, State

cdef void stream_accept(State* state, Sockets* sockets, int listener) noexcept nogil
cdef void stream_send(
    State* state, Sockets* sockets, const Address* address, const uint8_t* data, int size) noexcept nogil
# The kernel has room again.
cdef void stream_flush(State* state, Sockets* sockets, Stream* stream) noexcept nogil
# Read once, then give out whole frames, copied to the receive slots: at most `capacity` datagrams.
cdef int stream_receive(State* state, Sockets* sockets, Stream* stream, Datagram* out, int capacity) noexcept nogil
cdef void stream_close(Sockets* sockets, Stream* stream) noexcept nogil

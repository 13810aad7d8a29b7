"""Connectivity checks: who may talk to us, and where we talk to (ICE-lite, RFC 8445 section 7.3)."""
from _fastpath.socket_batch cimport Datagram
from _fastpath.table cimport Address, Endpoint, State

cdef void handle_check(State* state, Datagram* datagram) noexcept nogil
# Something came from a proven address; `authentic`: SRTP has said so. May move the Endpoint to that path.
cdef void note_received(State* state, Endpoint* endpoint, const Address* address, bint authentic) noexcept nogil
cdef void drop_path(State* state, const Address* address) noexcept nogil

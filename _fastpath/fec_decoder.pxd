"""FEC of publishers: RED taken off, lost packets got back (RFC 2198, RFC 5109)."""
from libc.stdint cimport uint8_t

from _fastpath.packet cimport Packet
from _fastpath.table cimport Endpoint, Layer, State

# Take the RED header off, in place; False where the packet is malformed.
cdef bint undo_red(Packet* packet) noexcept nogil
# The one packet that this FEC payload brings back, written to `out`; its size, or 0. They may overlap.
cdef int recover(Layer* layer, const uint8_t* payload, int size, uint8_t* out) noexcept nogil

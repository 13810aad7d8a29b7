"""Events to Python: a bounded ring with one coalesced eventfd; a full ring is counted, never waited for."""
from libc.stdint cimport int64_t, uint8_t

from _fastpath.table cimport State

cdef enum EventKind:
    E_DATAGRAM
    E_PATH
    E_SILENT
    E_ALIVE
    E_EXPIRED
    E_LAYER_STARTED
    E_LAYER_STOPPED
    E_SWITCHED
    E_UNDECODABLE
    E_BYE
    E_ACK
    E_ESTIMATE
    E_VOICE

cdef bint emit(
    State* state, int kind, int endpoint, int track, int layer, int row, int64_t value,
    const uint8_t* data, int size) noexcept nogil
# Wake Python where something waits for it, and hand over what was retired: once per batch.
cdef void signal_events(State* state) noexcept nogil

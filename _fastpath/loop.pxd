"""The engine thread: wait, take a batch, run the stages, send."""
from libc.stdint cimport uint64_t

from _fastpath.commands cimport CommandRing
from _fastpath.socket_batch cimport Sockets
from _fastpath.table cimport State

# Until `stopping` is set; returns 0, or the errno that made it impossible to start.
cdef int run_loop(State* state, CommandRing* commands, Sockets* sockets, uint64_t* stopping) noexcept nogil

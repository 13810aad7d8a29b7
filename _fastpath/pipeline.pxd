"""One batch through the stages. The file to read first is `pipeline.pyx`."""
from _fastpath.socket_batch cimport Datagram
from _fastpath.table cimport State

cdef void run_batch(State* state, Datagram* datagrams, int n) noexcept nogil

"""Running the engine: in its own thread over sockets, or step by step."""
from libc.stdint cimport uint64_t

from _fastpath.holder cimport Holder
from _fastpath.socket_batch cimport Datagram as RawDatagram
from _fastpath.table cimport Address as RawAddress, Event as RawEvent


cdef class Runner(Holder):
    cdef uint64_t stopping
    cdef int loop_status
    cdef object thread

    cdef object event(self, RawEvent* event)
    cdef void run(self, RawDatagram* batch, int n) noexcept
    cdef int read_address(self, address, RawAddress* out) except -1
    cdef list sent(self)

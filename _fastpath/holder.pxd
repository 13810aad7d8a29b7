"""Who owns what: the memory handed to the engine thread, and the numbers given to it."""
from libc.stdint cimport uint64_t

from _fastpath.commands cimport Command, CommandRing
from _fastpath.egress cimport Capture
from _fastpath.pages cimport Pages
from _fastpath.socket_batch cimport Sockets
from _fastpath.table cimport Object, State


cdef void* allocate(size_t size) except NULL


cdef class Indices:
    cdef list free
    cdef int limit
    cdef int used
    cdef str what

    cdef int take(self) except -1
    cdef void give_back(self, int index)


cdef class Holder:
    cdef State state
    cdef CommandRing ring
    cdef Sockets* sockets
    cdef Capture capture
    cdef bint threaded
    cdef Pages pages            # what is large and may never be used
    cdef Indices endpoint_indices
    cdef Indices track_indices
    cdef Indices row_indices
    cdef dict endpoints         # index -> set of its tracks and rows: ("track" | "row", index)
    cdef dict tracks            # index -> (endpoint, video, {layer: address of the Layer})
    cdef dict rows              # index -> (endpoint, video)
    cdef dict sessions          # endpoint -> SRTP sessions, kept until the engine has let go
    cdef dict pointers          # ("endpoint" | "track" | "row", index) -> address, for figures
    cdef set dosed              # endpoints that have had FEC
    cdef set owned              # addresses handed to the engine and not come back

    cdef void* own(self, size_t size, int kind, int index) except NULL
    cdef void release(self, Object* item)
    cdef void release_pages(self, void* block)
    cdef void collect(self, Object* item)
    cdef int submit(self, Command* command) except -1
    cdef int need_room(self) except -1
    cdef int check_endpoint(self, int endpoint) except -1
    cdef tuple check_track(self, int track)
    cdef tuple check_row(self, int row)

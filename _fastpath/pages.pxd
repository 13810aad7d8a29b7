"""Zeroed memory in whole pages that costs nothing before it is written to."""


cdef class Pages:
    cdef dict sizes             # octets of the blocks that are out, by address
    cdef dict spare             # addresses given back, by octets
    cdef list regions
    cdef size_t at              # what is left of the newest region begins here ...
    cdef size_t end             # ... and ends here

    cdef int map_region(self) except -1
    cpdef size_t take(self, size_t size) except 0
    cpdef give_back(self, size_t address)

"""Zeroed memory in whole pages that costs nothing before it is written to.

Most of what is set aside for a Peer waits for packets that may never come: a Slot that nobody sits in has a log of what
it sent, a camera that is off has a history. `calloc` clears a block that has been used before, and often one that has
not, and what is cleared is resident. These blocks are cut from large anonymous mappings instead; one that is given back
loses its pages and is handed out again only for the same size. Python's thread only.
"""
from libc.string cimport memset
from posix.mman cimport (
    MADV_DONTNEED, MAP_ANONYMOUS, MAP_FAILED, MAP_NORESERVE, MAP_PRIVATE, PROT_READ, PROT_WRITE, madvise, mmap, munmap)

cdef enum:
    PAGE = 4096
    REGION = 4194304            # mapped at once; a process may have some 65,000 mappings


cdef class Pages:
    def __cinit__(self):
        self.sizes = {}
        self.spare = {}
        self.regions = []

    def __dealloc__(self):
        if self.regions is not None:
            for region in self.regions:
                munmap(<void*><size_t>region, REGION)

    cpdef size_t take(self, size_t size) except 0:
        """A zeroed block of at least `size` octets, at most a region's."""
        cdef size_t octets = (max(size, 1) + PAGE - 1) & ~<size_t>(PAGE - 1)
        cdef size_t address
        if octets > REGION:
            raise ValueError(f"a block has at most {REGION} octets")
        spare = self.spare.get(octets)
        if spare:
            address = spare.pop()
        else:
            if self.end - self.at < octets:
                self.map_region()
            address = self.at
            self.at += octets
        self.sizes[address] = octets
        return address

    cpdef give_back(self, size_t address):
        cdef size_t octets = self.sizes.pop(address)
        if madvise(<void*>address, octets, MADV_DONTNEED) != 0:  # locked in memory
            memset(<void*>address, 0, octets)
        self.spare.setdefault(octets, []).append(address)

    cdef int map_region(self) except -1:
        """What is left of the region before stays unused: address space, not memory."""
        cdef void* region = mmap(NULL, REGION, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        if region == MAP_FAILED:
            raise MemoryError
        self.regions.append(<size_t>region)
        self.at = <size_t>region
        self.end = self.at + REGION
        return 0

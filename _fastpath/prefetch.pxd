"""Asks for memory before it is needed: what a receiver keeps is cold each time, and a miss costs as much as a hundred lines.

    while a Row has its turn      comes into the cache
    the next one                  what its Endpoint and it point to
    the one after                 its Endpoint, its present source
    the third                     the Row itself

Each step reads only what the step before has asked for, so that nothing waits.
"""
from _fastpath.table cimport SOURCES, Endpoint, Row

cdef extern from *:
    # GCC takes a function that only prefetches for one without effect and leaves it out; the empty statement forbids that.
    """
    #define prefetch(address) do { __builtin_prefetch(address); __asm__ volatile(""); } while (0)
    """
    void prefetch(const void* address) noexcept nogil

cdef enum:
    LINE = 64


cdef inline void prefetch_lines(const void* address, int lines) noexcept nogil:
    cdef int i
    for i in range(lines):
        prefetch(<const char*>address + i * LINE)


cdef inline void look_ahead(const Row* row) noexcept nogil:
    cdef const Row* next = row.next_in_track
    cdef const Endpoint* endpoint
    if next == NULL:
        return
    endpoint = next.endpoint
    prefetch(endpoint.pacer)
    prefetch_lines(endpoint.estimator, 2)
    prefetch(endpoint.extensions)
    prefetch(endpoint.send)
    prefetch(&next.sent[(next.last_sequence + 1) & next.sent_mask])
    next = next.next_in_track
    if next == NULL:
        return
    prefetch_lines(next.endpoint, 3)
    prefetch_lines(&next.sources[next.source & (SOURCES - 1)], 2)
    prefetch(&next.numbering)
    if next.next_in_track != NULL:
        prefetch_lines(next.next_in_track, 3)

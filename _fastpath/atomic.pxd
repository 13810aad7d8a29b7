"""Acquire and release on the counters that the engine thread and the Python thread share."""
from libc.stdint cimport uint64_t


cdef extern from * nogil:
    """
    #define treble_load(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)
    #define treble_store(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)
    #define treble_exchange(p, v) __atomic_exchange_n((p), (v), __ATOMIC_ACQ_REL)
    static inline void *treble_exchange_pointer(void **p, void *v) {
        return __atomic_exchange_n(p, v, __ATOMIC_ACQ_REL);
    }
    """
    uint64_t load "treble_load" (uint64_t* p)
    void store "treble_store" (uint64_t* p, uint64_t v)
    uint64_t exchange "treble_exchange" (uint64_t* p, uint64_t v)
    void* exchange_pointer "treble_exchange_pointer" (void** p, void* v)

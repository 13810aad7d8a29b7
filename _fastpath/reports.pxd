"""RTCP that goes out, by the clock: NACKs, transport feedback, keyframe requests, reports; and who has gone silent."""
from libc.stdint cimport int64_t

from _fastpath.table cimport Endpoint, State

# Runs the timers that are due of every Endpoint.
cdef void run_timers(State* state) noexcept nogil
cdef int64_t next_timer(State* state) noexcept nogil

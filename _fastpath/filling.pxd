"""What probes are filled up with."""
from _fastpath.table cimport Endpoint, State

# One packet of about this size that carries nothing new; False where the receiver has no RTX.
cdef bint fill(State* state, Endpoint* endpoint, int size) noexcept nogil

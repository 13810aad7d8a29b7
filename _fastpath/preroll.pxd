"""The beginning of a word for who was not listening yet."""
from _fastpath.table cimport Arrival, Layer, Row, State

# Begin the audio Row with stored packets before `arrival`; False where there is nothing to begin with.
cdef bint begin_word(State* state, Row* row, Layer* layer, const Arrival* arrival) noexcept nogil

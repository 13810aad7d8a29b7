"""Numbers with nothing behind them."""
from libc.stdint cimport int64_t, uint32_t

from _fastpath.table cimport Row, State

# False where the receiver has no RTX.
cdef bint send_empty_rtx(State* state, Row* row, int64_t number, uint32_t timestamp) noexcept nogil

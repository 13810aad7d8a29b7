"""Which packets of a Layer a Row gets."""
from libc.stdint cimport int64_t

from _fastpath.table cimport Arrival, Layer, Row, RowSource, State

cdef enum Verdict:
    DROP = 0                    # it takes no number
    SEND = 1
    SEND_MARKED = 2             # the same, and it ends the picture for this receiver
    BEGIN = 3                   # the Row carries the Layer from this packet on
    LEAVE_EMPTY = 4             # too late to be left out without a gap: padding goes under its number

# Once per packet, in order of arrival.
cdef Verdict choose(State* state, Row* row, Layer* layer, const Arrival* arrival) noexcept nogil
# What the Row carries of the source that begins with `arrival`.
cdef void start_selection(Row* row, RowSource* source, Layer* layer, const Arrival* arrival) noexcept nogil
# Does it end the picture for a receiver of the Row's current source?
cdef bint ends_picture(const RowSource* source, Layer* layer, const Arrival* arrival) noexcept nogil
# Which decode targets the receiver is to be told of with this packet; -1 for none.
cdef int64_t targets_told(RowSource* source, Layer* layer, const Arrival* arrival) noexcept nogil
# After a change of the Row's targets: is there something that only a keyframe can bring?
cdef bint needs_keyframe(Row* row, Layer* layer) noexcept nogil
# Layers carried now; -1 while nothing is.
cdef int spatial_now(const Row* row) noexcept nogil
cdef int temporal_now(const Row* row) noexcept nogil

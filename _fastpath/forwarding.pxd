"""Rows: which packets of a Track go to which receiver, and under which numbers."""
from libc.stdint cimport int64_t

from _fastpath.table cimport Arrival, Endpoint, Layer, Row, State, Track

# Packets of one Layer, in order of arrival, to every Row that carries it.
cdef void forward(State* state, Layer* layer, Arrival** arrivals, int n) noexcept nogil
# Carry this Layer from its next keyframe on; NULL for none. Of it no spatial and temporal layers above these.
# `floor`: first timestamp allowed, -1 for any.
cdef void set_source(
    State* state, Row* row, Track* track, int layer, int spatial, int temporal, int64_t floor) noexcept nogil
# All Rows of a Track start anew with the next packet (audio) or keyframe (video): the gate was closed.
cdef void interrupt(Track* track) noexcept nogil
# The Endpoint can be reached now (again): all its Rows start anew.
cdef void begin_rows(State* state, Endpoint* endpoint) noexcept nogil
cdef void forget_layer(State* state, Layer* layer) noexcept nogil

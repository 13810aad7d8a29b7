"""What a Layer contains: spatial and temporal layers, their rates, and what its codec says of them."""
from _fastpath.table cimport Arrival, Layer, State

# Fill in the descriptors of `arrival`, whose packet, layer and sequence are known.
cdef void describe_arrival(Layer* layer, Arrival* arrival) noexcept nogil
# A packet has come: count it, and see what there is.
cdef void note_layers(State* state, Arrival* arrival) noexcept nogil
# Every now and then: forget what no longer comes.
cdef void roll_rates(State* state, Layer* layer) noexcept nogil
# Bits per second of this spatial layer's lowest temporal layer alone, over about the last second; 0 unknown.
cdef double base_bps(const Layer* layer, int spatial) noexcept nogil

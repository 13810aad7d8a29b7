"""Asking a publisher for a keyframe."""
from _fastpath.table cimport Layer, State, soonest


# Within the Layer's one limiter (`reports`).
cdef inline void want_keyframe(State* state, Layer* layer) noexcept nogil:
    layer.keyframe_wanted = True
    soonest(state, layer.track.endpoint, state.now_ns)

"""Spatial and temporal layers inside one stream: where a packet says to which it belongs, and how much of each there is.

VP8 and VP9 can say it in the payload descriptor. H264 and AV1 say it in the dependency descriptor, a header extension, if
the publisher sends one, and so does VP8 from libwebrtc: where that extension is negotiated its payload descriptor names
neither layers nor pictures. A stream that has neither counts as one layer. The descriptor's structure comes with a keyframe
and holds until the next one; the one before is kept for packets that come late or go out again.

In K-SVC spatial layers refer to the ones below in key pictures only. VP9 does not announce it: it shows in the first
layered picture after the key picture, and until then the stream counts as full SVC, which is more but never wrong. AV1's
structure says it: the highest decode target does without some frames of lower spatial layers.
"""
from libc.stdint cimport int64_t, uint8_t
from libc.string cimport memcmp, memset

from _fastpath.dependency cimport DependencyStructure, parse_dependency
from _fastpath.packet cimport EXT_DEPENDENCY, Packet
from _fastpath.payload cimport CODEC_VP9, Codec, Descriptor, describe
from _fastpath.table cimport RATE_WINDOWS, SPATIAL, TEMPORAL, Arrival, Layer, State

cdef enum:
    WINDOW_NS = 250000000
    STRUCTURE_BYTE = 3          # of a dependency descriptor, where there is one
    STRUCTURE_BIT = 0x80


cdef bint is_key_only(const DependencyStructure* structure) noexcept nogil:
    """Whoever gets the highest decode target does without some frames of lower spatial layers."""
    cdef int top = 0
    cdef int height
    cdef int highest = -1
    cdef int i
    for i in range(structure.target_count):
        height = structure.target_spatial[i] * 8 + structure.target_temporal[i]
        if height > highest:
            highest = height
            top = i
    for i in range(structure.template_count):
        if structure.spatial[i] < structure.target_spatial[top] and not (structure.present[i] >> top) & 1:
            return True
    return False


cdef bint read_structure_in(Layer* layer, Arrival* arrival, const uint8_t* data, int size) noexcept nogil:
    """A descriptor that brings its own structure; the newest one is put into force."""
    cdef DependencyStructure structure
    memset(&structure, 0, sizeof(DependencyStructure))
    if not parse_dependency(data, size, &structure, &arrival.dependency):
        return False
    if layer.structure.template_count and arrival.sequence <= layer.structure_sequence:
        return True
    if memcmp(&structure, &layer.structure, sizeof(DependencyStructure)) != 0:
        layer.former_structure = layer.structure
        layer.structure = structure
        layer.seen_key_only = is_key_only(&structure)
        layer.version += 1
    layer.structure_sequence = arrival.sequence
    return True


cdef bint read_dependency(Layer* layer, Arrival* arrival) noexcept nogil:
    cdef const Packet* packet = &arrival.packet
    cdef const uint8_t* data = packet.data + packet.ext_offset[EXT_DEPENDENCY]
    cdef int size = packet.ext_length[EXT_DEPENDENCY]
    cdef DependencyStructure* structure = &layer.structure
    if size > STRUCTURE_BYTE and data[STRUCTURE_BYTE] & STRUCTURE_BIT:
        return read_structure_in(layer, arrival, data, size)
    if arrival.sequence < layer.structure_sequence and layer.former_structure.template_count:
        structure = &layer.former_structure
    return structure.template_count != 0 and parse_dependency(data, size, structure, &arrival.dependency)


cdef void describe_arrival(Layer* layer, Arrival* arrival) noexcept nogil:
    cdef Packet* packet = &arrival.packet
    arrival.has_dependency = False
    memset(&arrival.descriptor, 0, sizeof(Descriptor))
    if not layer.track.video or packet.payload_size == 0:
        return
    describe(<Codec>layer.codec, packet.data + packet.header_size, packet.payload_size, &arrival.descriptor)
    if arrival.descriptor.has_layers:
        return
    arrival.has_dependency = packet.ext_length[EXT_DEPENDENCY] != 0 and read_dependency(layer, arrival)
    if not arrival.has_dependency:
        arrival.descriptor.spatial = arrival.descriptor.temporal = 0  # not every packet of a frame would say it
    else:
        arrival.descriptor.spatial = arrival.dependency.spatial
        arrival.descriptor.temporal = arrival.dependency.temporal
        arrival.descriptor.frame_start = arrival.dependency.frame_start
        arrival.descriptor.frame_end = arrival.dependency.frame_end


cdef inline void note_prediction(Layer* layer, const Descriptor* descriptor) noexcept nogil:
    if descriptor.keyframe:
        layer.key_only = False
    elif descriptor.frame_start and descriptor.spatial > 0 and descriptor.inter_picture:
        layer.key_only = layer.seen_key_only = not descriptor.inter_layer


cdef void note_layers(State* state, Arrival* arrival) noexcept nogil:
    cdef Layer* layer = arrival.layer
    cdef const Descriptor* descriptor = &arrival.descriptor
    cdef int spatial = descriptor.spatial if descriptor.spatial < SPATIAL else SPATIAL - 1
    cdef int temporal = descriptor.temporal if descriptor.temporal < TEMPORAL else TEMPORAL - 1
    layer.window[layer.window_now][spatial][temporal] += arrival.packet.payload_size
    if spatial > layer.top_spatial:
        layer.top_spatial = spatial
    if temporal > layer.top_temporal:
        layer.top_temporal = temporal
    if arrival.sequence < layer.highest:
        return
    if layer.codec == CODEC_VP9:
        note_prediction(layer, descriptor)
    elif arrival.has_dependency and arrival.dependency.has_active and arrival.dependency.active != layer.active:
        layer.active = arrival.dependency.active
        layer.version += 1


cdef void find_tops(Layer* layer) noexcept nogil:
    """Highest layers of the two newest whole windows; as before where nothing came at all."""
    cdef int spatial = -1
    cdef int temporal = 0
    cdef int s
    cdef int t
    cdef int newest = (layer.window_now + RATE_WINDOWS - 1) % RATE_WINDOWS
    cdef int before = (layer.window_now + RATE_WINDOWS - 2) % RATE_WINDOWS
    for s in range(SPATIAL):
        for t in range(TEMPORAL):
            if layer.window[newest][s][t] or layer.window[before][s][t]:
                spatial = s
                temporal = max(temporal, t)
    if spatial >= 0:
        layer.top_spatial = spatial
        layer.top_temporal = temporal


cdef void roll_rates(State* state, Layer* layer) noexcept nogil:
    if state.now_ns - layer.window_since_ns < WINDOW_NS:
        return
    layer.window_ns[layer.window_now] = state.now_ns - layer.window_since_ns if layer.window_since_ns else 0
    layer.window_since_ns = state.now_ns
    layer.window_now = (layer.window_now + 1) % RATE_WINDOWS
    find_tops(layer)
    memset(layer.window[layer.window_now], 0, sizeof(layer.window[layer.window_now]))
    layer.window_ns[layer.window_now] = 0


cdef double base_bps(const Layer* layer, int spatial) noexcept nogil:
    cdef int64_t elapsed = 0, octets = 0
    cdef int w
    for w in range(RATE_WINDOWS):
        if layer.window_ns[w]:
            elapsed += layer.window_ns[w]
            octets += layer.window[w][spatial][0]
    return octets * 8e9 / elapsed if elapsed else 0

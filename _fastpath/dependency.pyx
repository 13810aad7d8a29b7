"""AV1's dependency descriptor read bit by bit (AV1 RTP payload specification 1.0, appendix A.8).

    start end template(6) frame_number(16) | five flags | structure | active | dtis | fdiffs | chains

A structure is a list of templates: layer ids, one indication per decode target (0 not present, 1 discardable,
2 switch, 3 required), frame differences, chains. A frame names a template and may override its indications.
Frame differences and chains are stepped over: forwarding by layer needs neither.

Towards a receiver the frame number goes on over changes of source, and where it does not get all layers the mask of active
decode targets says so: both are written into a copy.

A reader past the end answers zeros and remembers (`overrun`), so that every loop ends and one test at the end
suffices; loops that run until a stop bit are bounded by the templates (64) and by the bits that are left.
"""
from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, memset

from _fastpath.wire cimport get16, put16

cdef enum:
    MANDATORY = 3       # bytes that every descriptor has
    MAX_SPATIAL = 3
    MAX_TEMPORAL = 7
    NEXT_TEMPORAL = 1   # next_layer_idc
    NEXT_SPATIAL = 2
    NO_MORE_LAYERS = 3
    HAS_STRUCTURE = 0x10    # the five flags of the extended fields
    HAS_ACTIVE = 0x08
    OWN_INDICATIONS = 0x04
    OWN_DIFFERENCES = 0x02
    OWN_CHAINS = 0x01
    DISCARDABLE = 1
    SWITCH = 2


cdef struct Bits:
    const uint8_t* data
    int position        # in bits
    int end
    bint overrun


cdef uint32_t read_bits(Bits* bits, int count) noexcept nogil:
    cdef uint32_t value = 0
    cdef int _index
    if count > bits.end - bits.position:
        bits.overrun = True
        bits.position = bits.end
        return 0
    for _index in range(count):
        value = (value << 1) | ((bits.data[bits.position >> 3] >> (7 - (bits.position & 7))) & 1)
        bits.position += 1
    return value


cdef uint32_t read_non_symmetric(Bits* bits, uint32_t limit) noexcept nogil:
    """ns(n): a number below `limit` in the fewest bits (A.8.1)."""
    cdef int width = 0
    cdef uint32_t short_codes, value
    while limit >> width:
        width += 1
    short_codes = (<uint32_t>1 << width) - limit
    value = read_bits(bits, width - 1)
    if value < short_codes:
        return value
    return (value << 1) - short_codes + read_bits(bits, 1)


cdef bint read_layers(Bits* bits, DependencyStructure* out) noexcept nogil:
    cdef int spatial = 0, temporal = 0
    cdef uint32_t following
    while out.template_count < MAX_TEMPLATES and not bits.overrun:
        out.spatial[out.template_count] = spatial
        out.temporal[out.template_count] = temporal
        out.template_count += 1
        following = read_bits(bits, 2)
        if following == NO_MORE_LAYERS:
            return not bits.overrun
        if following == NEXT_TEMPORAL:
            temporal += 1
        elif following == NEXT_SPATIAL:
            temporal = 0
            spatial += 1
        if spatial > MAX_SPATIAL or temporal > MAX_TEMPORAL:
            return False
    return False


cdef void read_indications(
    Bits* bits, int count, uint32_t* present, uint32_t* switches, uint32_t* discardable
) noexcept nogil:
    cdef int target
    cdef uint32_t indication, bit
    present[0] = switches[0] = discardable[0] = 0
    for target in range(count):
        indication = read_bits(bits, 2)
        bit = <uint32_t>1 << target
        if indication:
            present[0] |= bit
        if indication == SWITCH:
            switches[0] |= bit
        elif indication == DISCARDABLE:
            discardable[0] |= bit


cdef void skip_chains(Bits* bits, DependencyStructure* out) noexcept nogil:
    cdef int _index
    out.chain_count = <uint8_t>read_non_symmetric(bits, out.target_count + 1)
    if out.chain_count == 0:
        return
    for _index in range(out.target_count):
        read_non_symmetric(bits, out.chain_count)
    for _index in range(out.template_count * out.chain_count):
        read_bits(bits, 4)


cdef void find_target_layers(DependencyStructure* out) noexcept nogil:
    """A decode target reaches as high as the highest template that is present in it (A.8.3)."""
    cdef int index, target
    for index in range(out.template_count):
        for target in range(out.target_count):
            if (out.present[index] >> target) & 1:
                out.target_spatial[target] = max(out.target_spatial[target], out.spatial[index])
                out.target_temporal[target] = max(out.target_temporal[target], out.temporal[index])


cdef bint read_structure(Bits* bits, DependencyStructure* out) noexcept nogil:
    cdef int index, _index
    memset(out, 0, sizeof(DependencyStructure))
    out.template_offset = <uint8_t>read_bits(bits, 6)
    out.target_count = <uint8_t>(read_bits(bits, 5) + 1)
    if not read_layers(bits, out):
        return False
    for index in range(out.template_count):
        read_indications(
            bits, out.target_count, &out.present[index], &out.switches[index], &out.discardable[index])
    for _index in range(out.template_count):
        while read_bits(bits, 1):   # another frame difference
            read_bits(bits, 4)
    skip_chains(bits, out)
    find_target_layers(out)
    if read_bits(bits, 1):          # resolutions
        for _index in range(out.spatial[out.template_count - 1] + 1):
            read_bits(bits, 32)
    return not bits.overrun


cdef bint read_frame(
    Bits* bits, int template, uint32_t flags, const DependencyStructure* structure, Dependency* out
) noexcept nogil:
    """frame_dependency_definition(): the named template, with what the frame says of its own."""
    cdef int _index
    cdef int index = (template - structure.template_offset) & (MAX_TEMPLATES - 1)
    cdef uint32_t width
    if index >= structure.template_count:
        return False
    out.spatial = structure.spatial[index]
    out.temporal = structure.temporal[index]
    out.present = structure.present[index]
    out.switches = structure.switches[index]
    out.discardable = structure.discardable[index]
    if flags & OWN_INDICATIONS:
        read_indications(bits, structure.target_count, &out.present, &out.switches, &out.discardable)
    if flags & OWN_DIFFERENCES:
        width = read_bits(bits, 2)
        while width:
            read_bits(bits, 4 * width)
            width = read_bits(bits, 2)
    if flags & OWN_CHAINS:
        for _index in range(structure.chain_count):
            read_bits(bits, 8)
    return not bits.overrun


cdef uint32_t all_targets(int count) noexcept nogil:
    return <uint32_t>-1 if count >= 32 else (<uint32_t>1 << count) - 1


cdef bint parse_dependency(
    const uint8_t* data, int size, DependencyStructure* structure, Dependency* out
) noexcept nogil:
    cdef DependencyStructure fresh
    cdef const DependencyStructure* current = structure
    cdef Bits bits
    cdef uint32_t flags = 0
    if size < MANDATORY:
        return False
    memset(out, 0, sizeof(Dependency))
    out.frame_start = data[0] >> 7
    out.frame_end = (data[0] >> 6) & 1
    out.frame_number = get16(data + 1)
    bits.data = data
    bits.position = 8 * MANDATORY
    bits.end = 8 * size
    bits.overrun = False
    if size > MANDATORY:
        flags = read_bits(&bits, 5)
    if flags & HAS_STRUCTURE:
        if not read_structure(&bits, &fresh):
            return False
        current = &fresh
        out.has_structure = True
        out.has_active = True
        out.active = all_targets(fresh.target_count)
    out.target_count = current.target_count
    out.active_at = <uint16_t>bits.position
    if flags & HAS_ACTIVE:
        out.has_active = True
        out.active = read_bits(&bits, current.target_count)
    if not read_frame(&bits, data[0] & 0x3F, flags, current, out):
        return False
    if out.has_structure:
        memcpy(structure, &fresh, sizeof(DependencyStructure))
    return True


cdef int put_bits(uint8_t* out, int position, uint32_t value, int count) noexcept nogil:
    """Into memory that is zero; the position behind them."""
    cdef int i
    for i in range(count - 1, -1, -1):
        out[position >> 3] |= ((value >> i) & 1) << (7 - (position & 7))
        position += 1
    return position


cdef int rewrite_dependency(
    const uint8_t* data, int size, const Dependency* read, uint16_t frame_number, int64_t active, uint8_t* out
) noexcept nogil:
    cdef Bits bits
    cdef uint32_t flags
    cdef int at = 8 * MANDATORY + 5
    if active < 0:
        memcpy(out, data, size)
        put16(out + 1, frame_number)
        return size
    memset(out, 0, size + 5)
    out[0] = data[0]
    put16(out + 1, frame_number)
    bits.data = data
    bits.position = 8 * MANDATORY
    bits.end = 8 * size
    bits.overrun = False
    flags = read_bits(&bits, 5)  # of a descriptor that has none it reads zeros
    put_bits(out, 8 * MANDATORY, flags | HAS_ACTIVE, 5)
    while bits.position < read.active_at and bits.position < bits.end:
        at = put_bits(out, at, read_bits(&bits, 1), 1)
    at = put_bits(out, at, <uint32_t>active, read.target_count)
    if flags & HAS_ACTIVE:
        read_bits(&bits, read.target_count)
    while bits.position < bits.end:
        at = put_bits(out, at, read_bits(&bits, 1), 1)
    return (at + 7) >> 3


# For tests.

cdef class Reader:
    cdef DependencyStructure* structure

    def __cinit__(self):
        self.structure = <DependencyStructure*>calloc(1, sizeof(DependencyStructure))
        if self.structure == NULL:
            raise MemoryError

    def __dealloc__(self):
        free(self.structure)

    @property
    def target_layers(self):
        return [
            (self.structure.target_spatial[index], self.structure.target_temporal[index])
            for index in range(self.structure.target_count)
        ]

    def parse(self, data):
        cdef Py_buffer view
        cdef Dependency result
        PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
        try:
            if not parse_dependency(<const uint8_t*>view.buf, <int>view.len, self.structure, &result):
                return None
            return {
                "frame_start": bool(result.frame_start),
                "frame_end": bool(result.frame_end),
                "frame_number": result.frame_number,
                "has_structure": bool(result.has_structure),
                "spatial": result.spatial,
                "temporal": result.temporal,
                "present": result.present,
                "switches": result.switches,
                "discardable": result.discardable,
                "active": result.active if result.has_active else None,
            }
        finally:
            PyBuffer_Release(&view)

    def rewrite(self, data, int frame_number, int64_t active=-1):
        cdef Py_buffer view
        cdef Dependency result
        cdef uint8_t[300] out
        PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
        try:
            if view.len > 255 or not parse_dependency(
                    <const uint8_t*>view.buf, <int>view.len, self.structure, &result):
                return None
            size = rewrite_dependency(
                <const uint8_t*>view.buf, <int>view.len, &result, <uint16_t>frame_number, active, out)
            return bytes(out[:size])
        finally:
            PyBuffer_Release(&view)

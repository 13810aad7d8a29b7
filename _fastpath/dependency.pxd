"""AV1's dependency descriptor: a header extension says what the payload hides (AV1 RTP 1.0, appendix A)."""
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t

cdef enum:
    MAX_TEMPLATES = 64          # six-bit template id
    MAX_DECODE_TARGETS = 32     # five bits, minus one

cdef struct DependencyStructure:
    # What a keyframe's descriptor announces for the frames that follow: one per stream, zeroed at its start.
    uint8_t template_count      # 0: none seen yet
    uint8_t template_offset     # id of the first template
    uint8_t target_count
    uint8_t chain_count
    uint8_t spatial[MAX_TEMPLATES]
    uint8_t temporal[MAX_TEMPLATES]
    # One bit per decode target, by template.
    uint32_t present[MAX_TEMPLATES]
    uint32_t switches[MAX_TEMPLATES]
    uint32_t discardable[MAX_TEMPLATES]
    uint8_t target_spatial[MAX_DECODE_TARGETS]
    uint8_t target_temporal[MAX_DECODE_TARGETS]

cdef struct Dependency:
    uint8_t frame_start
    uint8_t frame_end
    uint16_t frame_number
    uint8_t has_structure       # on a frame's first packet: a keyframe
    uint8_t spatial
    uint8_t temporal
    uint32_t present            # decode targets that this frame belongs to
    uint32_t switches           # those that a receiver may enter here
    uint32_t discardable        # those in which nothing refers to it
    uint32_t active             # decode targets the sender still makes; meaningful where has_active
    uint8_t has_active
    uint8_t target_count
    uint16_t active_at          # bit at which the mask of active targets stands or would stand

# False: malformed, or a template that no structure announced. `structure` changes only by a whole new one.
cdef bint parse_dependency(
    const uint8_t* data, int size, DependencyStructure* structure, Dependency* out) noexcept nogil
# The same with another frame number and, unless `active` is -1, that mask of active targets; its size, at most five bytes
# more. `read` is what parse_dependency made of `data`.
cdef int rewrite_dependency(
    const uint8_t* data, int size, const Dependency* read, uint16_t frame_number, int64_t active, uint8_t* out
) noexcept nogil

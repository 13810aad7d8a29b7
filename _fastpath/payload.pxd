"""What one packet's payload says, the same struct for every codec."""
from libc.stdint cimport int8_t, uint8_t, uint16_t

cdef enum Codec:
    CODEC_NONE = 0
    CODEC_VP8 = 1       # RFC 7741
    CODEC_VP9 = 2       # RFC 9628
    CODEC_H264 = 3      # RFC 6184
    CODEC_AV1 = 4       # AV1 RTP payload specification 1.0
    CODEC_OPUS = 5      # RFC 7587
    CODEC_G722 = 6
    CODEC_PCMU = 7
    CODEC_PCMA = 8
    CODEC_RED = 9       # RFC 2198: around another codec
    CODEC_ULPFEC = 10   # RFC 5109: inside RED

cdef struct Descriptor:
    uint8_t keyframe            # this packet starts (H264, AV1: carries the start of) a decodable key picture
    uint8_t frame_start
    uint8_t frame_end
    uint8_t has_layers          # the packet names its layers
    int8_t spatial              # layer ids; 0 where the codec or the packet names none
    int8_t temporal
    uint8_t switch_point        # from here a receiver may move up to `temporal`
    uint8_t inter_picture       # VP9: refers to earlier pictures
    uint8_t inter_layer         # VP9: refers to the spatial layer below
    uint8_t discardable         # nothing refers to this frame
    int8_t picture_id_bits      # 0 (absent), 7 or 15
    uint16_t picture_id
    uint16_t picture_id_offset  # from the payload's first byte
    uint8_t has_tl0
    uint8_t tl0
    uint16_t tl0_offset

cdef bint describe(Codec codec, const uint8_t* payload, int size, Descriptor* out) noexcept nogil

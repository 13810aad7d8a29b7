"""One RTP packet, described without copying it (RFC 3550 section 5.1, RFC 8285)."""
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t

cdef enum:
    # Header extensions that the engine reads or writes; the order is the index into `Packet.ext_offset`.
    EXT_MID = 0                 # urn:ietf:params:rtp-hdrext:sdes:mid
    EXT_RID = 1                 # urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
    EXT_REPAIRED_RID = 2        # urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id
    EXT_ABS_SEND_TIME = 3       # http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
    EXT_TRANSPORT_SEQUENCE = 4  # http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
    EXT_AUDIO_LEVEL = 5         # urn:ietf:params:rtp-hdrext:ssrc-audio-level
    EXT_ORIENTATION = 6         # urn:3gpp:video-orientation
    EXT_DEPENDENCY = 7          # AV1 dependency descriptor
    EXT_PLAYOUT_DELAY = 8       # http://www.webrtc.org/experiments/rtp-hdrext/playout-delay
    EXT_ABS_CAPTURE_TIME = 9    # http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time
    EXT_COUNT = 10

cdef struct ExtensionMap:
    # By extension id: one of EXT_* plus one, 0 where the id is not negotiated.
    uint8_t type_of[256]

cdef struct Packet:
    uint8_t* data               # the whole packet, header first
    int size                    # bytes, padding included
    int header_size             # fixed header + CSRCs + extension block
    int payload_size            # without padding
    int padding_size
    uint8_t payload_type
    uint8_t marker
    uint16_t sequence
    uint32_t timestamp
    uint32_t ssrc
    uint16_t ext_offset[EXT_COUNT]  # from `data`; meaningless where the length is 0
    uint8_t ext_length[EXT_COUNT]
    uint16_t kinds              # a bit per EXT_* that is there
    int64_t arrival_ns

# The part that SRTP leaves in clear; payload and padding are still encrypted, so their sizes are not known yet.
cdef bint parse_rtp_header(
    uint8_t* data, int size, const ExtensionMap* extensions, Packet* packet) noexcept nogil
# After decryption in place to `size` bytes: how much is padding. False where the count is impossible.
cdef bint settle_padding(Packet* packet, int size) noexcept nogil
# Both at once.
cdef bint parse_rtp(uint8_t* data, int size, const ExtensionMap* extensions, Packet* packet) noexcept nogil

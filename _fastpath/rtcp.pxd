"""RTCP compound packets, read with a bounded cursor, written into caller's buffers (RFC 3550, 4585, 5104)."""
from libc.stdint cimport int32_t, uint8_t, uint16_t, uint32_t, uint64_t

cdef enum:
    RTCP_SR = 200
    RTCP_RR = 201
    RTCP_SDES = 202
    RTCP_BYE = 203
    RTCP_APP = 204
    RTCP_RTPFB = 205
    RTCP_PSFB = 206
    RTCP_XR = 207
    RTPFB_NACK = 1
    RTPFB_TRANSPORT = 15
    PSFB_PLI = 1
    PSFB_FIR = 4
    PSFB_AFB = 15       # REMB where the identifier says so

cdef struct RtcpPart:
    # One packet of a compound.
    uint8_t kind            # RTCP_*
    uint8_t count           # report count, feedback message type, source count
    const uint8_t* data     # header included
    int size                # header and padding included
    int body_size           # bytes after the 4-byte header, padding excluded

cdef struct ReportBlock:
    uint32_t ssrc
    uint8_t fraction_lost
    int32_t cumulative_lost
    uint32_t highest_sequence
    uint32_t jitter
    uint32_t last_sr
    uint32_t delay_since_last_sr

cdef struct SenderInfo:
    uint32_t ssrc
    uint64_t ntp
    uint32_t rtp_timestamp
    uint32_t packets
    uint32_t octets

cdef bint is_rtcp(const uint8_t* data, int size) noexcept nogil
# 1: `part` filled and `cursor` advanced. 0: end. -1: malformed from here on (what came before stands).
cdef int rtcp_next(const uint8_t* data, int size, int* cursor, RtcpPart* part) noexcept nogil
cdef bint read_sender_info(const RtcpPart* part, SenderInfo* out) noexcept nogil
# Number of report blocks that really fit (SR and RR), and the index-th of them.
cdef int report_block_count(const RtcpPart* part) noexcept nogil
cdef void read_report_block(const RtcpPart* part, int index, ReportBlock* out) noexcept nogil
# Sender and media SSRC of a feedback packet; false where too short.
cdef bint read_feedback(const RtcpPart* part, uint32_t* sender, uint32_t* media) noexcept nogil
# Sequence numbers that a NACK names, in order, at most `capacity`; returns how many.
cdef int read_nack(const RtcpPart* part, uint16_t* sequences, int capacity) noexcept nogil
# SSRCs that a FIR names (RFC 5104 4.3.1), at most `capacity`.
cdef int read_fir(const RtcpPart* part, uint32_t* ssrcs, int capacity) noexcept nogil
# Bits per second of a REMB, 0 where the part is no REMB.
cdef uint64_t read_remb(const RtcpPart* part) noexcept nogil
cdef int read_bye(const RtcpPart* part, uint32_t* ssrcs, int capacity) noexcept nogil

# Writers return bytes written, 0 where `capacity` is too small. Sequences ascend (unwrapped order).
cdef int write_sender_report(uint8_t* out, int capacity, const SenderInfo* info) noexcept nogil
cdef int write_receiver_report(
    uint8_t* out, int capacity, uint32_t sender, const ReportBlock* blocks, int count) noexcept nogil
cdef int write_sdes_cname(
    uint8_t* out, int capacity, uint32_t ssrc, const uint8_t* cname, int cname_size) noexcept nogil
cdef int write_nack(
    uint8_t* out, int capacity, uint32_t sender, uint32_t media,
    const uint16_t* sequences, int count) noexcept nogil
cdef int write_pli(uint8_t* out, int capacity, uint32_t sender, uint32_t media) noexcept nogil
cdef int write_fir(uint8_t* out, int capacity, uint32_t sender, uint32_t media, uint8_t number) noexcept nogil
cdef int write_bye(uint8_t* out, int capacity, uint32_t ssrc) noexcept nogil

"""STUN binding checks answered in place (RFC 8489, RFC 8445)."""
from libc.stdint cimport uint8_t, uint16_t, uint32_t

cdef struct BindingRequest:
    const uint8_t* data
    int size
    const uint8_t* transaction_id   # 12 bytes
    const uint8_t* username         # "local:remote" as sent; not NUL-terminated
    int username_size
    int local_size                  # length of the part before the colon
    int integrity_offset            # of the MESSAGE-INTEGRITY attribute's header
    bint has_fingerprint
    bint use_candidate
    bint controlling
    uint32_t priority

cdef struct StunKey:
    # SHA-1 states after the inner and the outer pad of HMAC: a check then costs two compressions less.
    uint32_t inner[5]
    uint32_t outer[5]

cdef void stun_key(StunKey* key, const uint8_t* password, int size) noexcept nogil
cdef bint is_stun(const uint8_t* data, int size) noexcept nogil
cdef bint parse_binding_request(const uint8_t* data, int size, BindingRequest* out) noexcept nogil
cdef bint verify_integrity(const BindingRequest* request, const StunKey* key) noexcept nogil
# address: 4 or 16 bytes, network order. Returns the size written (<= 96).
cdef int write_binding_success(
    uint8_t* out, const BindingRequest* request, const StunKey* key,
    const uint8_t* address, int address_size, uint16_t port) noexcept nogil

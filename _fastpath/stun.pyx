"""STUN binding checks: parse, HMAC-SHA1 and answer without an allocation (RFC 8489; ICE's attributes: RFC
8445 16.1).

The integrity is an HMAC over the message up to the MESSAGE-INTEGRITY attribute, with the length field of the
header saying that the message ends right after that attribute (RFC 8489 14.5): so the header is hashed from a
copy, and what follows straight from the caller's bytes. An HMAC hashes first one block that depends on the
password alone, inside and outside; `StunKey` keeps both states, so that a check of 100 bytes costs three
compressions instead of five.
"""
from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from _fastpath.wire cimport get16, get32, put16, put32, put64

cdef enum:
    HEADER = 20
    MAGIC_COOKIE = 0x2112A442
    BINDING_REQUEST = 0x0001
    BINDING_SUCCESS = 0x0101
    ATTR_USERNAME = 0x0006
    ATTR_MESSAGE_INTEGRITY = 0x0008
    ATTR_XOR_MAPPED_ADDRESS = 0x0020
    ATTR_PRIORITY = 0x0024
    ATTR_USE_CANDIDATE = 0x0025
    ATTR_FINGERPRINT = 0x8028
    ATTR_ICE_CONTROLLING = 0x802A
    INTEGRITY_SIZE = 20
    FINGERPRINT_XOR = 0x5354554E    # "STUN", RFC 8489 14.7
    MAX_USERNAME = 513              # RFC 8489 14.3: 509 bytes; ICE: 256 + 1 + 256

# ---------------------------------------------------------------- SHA-1 (FIPS 180-4), streaming


cdef struct Sha1:
    uint32_t state[5]
    uint8_t block[64]
    int used
    uint64_t total      # bytes hashed so far, the pad block included


cdef inline uint32_t rotate(uint32_t value, int bits) noexcept nogil:
    return (value << bits) | (value >> (32 - bits))


cdef void sha1_block(uint32_t* state, const uint8_t* block) noexcept nogil:
    cdef uint32_t w[80]
    cdef uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4]
    cdef uint32_t next_a
    cdef int i
    for i in range(16):
        w[i] = get32(block + 4 * i)
    for i in range(16, 80):
        w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1)
    for i in range(20):
        next_a = rotate(a, 5) + ((b & c) | (~b & d)) + e + <uint32_t>0x5A827999 + w[i]
        e, d, c, b, a = d, c, rotate(b, 30), a, next_a
    for i in range(20, 40):
        next_a = rotate(a, 5) + (b ^ c ^ d) + e + <uint32_t>0x6ED9EBA1 + w[i]
        e, d, c, b, a = d, c, rotate(b, 30), a, next_a
    for i in range(40, 60):
        next_a = rotate(a, 5) + ((b & c) | (b & d) | (c & d)) + e + <uint32_t>0x8F1BBCDC + w[i]
        e, d, c, b, a = d, c, rotate(b, 30), a, next_a
    for i in range(60, 80):
        next_a = rotate(a, 5) + (b ^ c ^ d) + e + <uint32_t>0xCA62C1D6 + w[i]
        e, d, c, b, a = d, c, rotate(b, 30), a, next_a
    state[0] += a
    state[1] += b
    state[2] += c
    state[3] += d
    state[4] += e


cdef inline void sha1_reset(uint32_t* state) noexcept nogil:
    state[0] = <uint32_t>0x67452301
    state[1] = <uint32_t>0xEFCDAB89
    state[2] = <uint32_t>0x98BADCFE
    state[3] = <uint32_t>0x10325476
    state[4] = <uint32_t>0xC3D2E1F0


cdef void sha1_start(Sha1* hasher, const uint32_t* state, uint64_t total) noexcept nogil:
    memcpy(hasher.state, state, 20)
    hasher.used = 0
    hasher.total = total


cdef void sha1_update(Sha1* hasher, const uint8_t* data, int size) noexcept nogil:
    cdef int part
    hasher.total += size
    while size > 0:
        if hasher.used == 0 and size >= 64:
            sha1_block(hasher.state, data)
            part = 64
        else:
            part = min(64 - hasher.used, size)
            memcpy(hasher.block + hasher.used, data, part)
            hasher.used += part
            if hasher.used == 64:
                sha1_block(hasher.state, hasher.block)
                hasher.used = 0
        data += part
        size -= part


cdef void sha1_finish(Sha1* hasher, uint8_t* digest) noexcept nogil:
    cdef uint64_t bits = hasher.total * 8
    cdef int i
    hasher.block[hasher.used] = 0x80
    memset(hasher.block + hasher.used + 1, 0, 63 - hasher.used)
    if hasher.used >= 56:
        sha1_block(hasher.state, hasher.block)
        memset(hasher.block, 0, 64)
    put64(hasher.block + 56, bits)
    sha1_block(hasher.state, hasher.block)
    for i in range(5):
        put32(digest + 4 * i, hasher.state[i])

# ---------------------------------------------------------------- HMAC and CRC


cdef void stun_key(StunKey* key, const uint8_t* password, int size) noexcept nogil:
    cdef uint8_t secret[64]
    cdef uint8_t pad[64]
    cdef Sha1 hasher
    cdef int i
    memset(secret, 0, 64)
    if size > 64:
        sha1_reset(key.inner)
        sha1_start(&hasher, key.inner, 0)
        sha1_update(&hasher, password, size)
        sha1_finish(&hasher, secret)
    elif size > 0:
        memcpy(secret, password, size)
    for i in range(64):
        pad[i] = secret[i] ^ 0x36
    sha1_reset(key.inner)
    sha1_block(key.inner, pad)
    for i in range(64):
        pad[i] = secret[i] ^ 0x5C
    sha1_reset(key.outer)
    sha1_block(key.outer, pad)


cdef void integrity_of(const StunKey* key, const uint8_t* data, int size, uint8_t* digest) noexcept nogil:
    """HMAC over `size` bytes of a message whose integrity attribute would begin at `data + size`."""
    cdef uint8_t header[HEADER]
    cdef Sha1 hasher
    memcpy(header, data, HEADER)
    put16(header + 2, size - HEADER + 4 + INTEGRITY_SIZE)
    sha1_start(&hasher, key.inner, 64)
    sha1_update(&hasher, header, HEADER)
    sha1_update(&hasher, data + HEADER, size - HEADER)
    sha1_finish(&hasher, digest)
    sha1_start(&hasher, key.outer, 64)
    sha1_update(&hasher, digest, INTEGRITY_SIZE)
    sha1_finish(&hasher, digest)


cdef uint32_t CRC_TABLE[256]


cdef void fill_crc_table() noexcept nogil:
    """CRC-32 of ITU-T V.42, reflected polynomial."""
    cdef uint32_t value
    cdef int i, _bit
    for i in range(256):
        value = i
        for _bit in range(8):
            value = (value >> 1) ^ (<uint32_t>0xEDB88320 if value & 1 else 0)
        CRC_TABLE[i] = value


fill_crc_table()


cdef uint32_t fingerprint_of(const uint8_t* data, int size) noexcept nogil:
    cdef uint32_t crc = <uint32_t>0xFFFFFFFF
    cdef int i
    for i in range(size):
        crc = CRC_TABLE[(crc ^ data[i]) & 0xFF] ^ (crc >> 8)
    return ~crc ^ <uint32_t>FINGERPRINT_XOR

# ---------------------------------------------------------------- reading


cdef bint is_stun(const uint8_t* data, int size) noexcept nogil:
    return size >= HEADER and data[0] < 4 and get32(data + 4) == <uint32_t>MAGIC_COOKIE


cdef bint read_attribute(BindingRequest* out, int kind, const uint8_t* value, int length) noexcept nogil:
    """One attribute before the integrity. Of one that comes twice the first counts (RFC 8489 14)."""
    cdef int i
    if kind == ATTR_USERNAME:
        if out.username != NULL:
            return True
        if length > MAX_USERNAME:
            return False
        for i in range(length):
            if value[i] == 58:  # ":"
                out.username = value
                out.username_size = length
                out.local_size = i
                return True
        return False
    if kind == ATTR_PRIORITY:
        if length != 4:
            return False
        if out.priority == 0:
            out.priority = get32(value)
    elif kind == ATTR_USE_CANDIDATE:
        out.use_candidate = True
    elif kind == ATTR_ICE_CONTROLLING:
        if length != 8:
            return False
        out.controlling = True
    return True


cdef bint parse_binding_request(const uint8_t* data, int size, BindingRequest* out) noexcept nogil:
    """True where well-formed: user name, integrity (unverified), then a right fingerprint or none."""
    cdef int position = HEADER
    cdef int kind, length
    if not is_stun(data, size) or get16(data) != BINDING_REQUEST:
        return False
    if get16(data + 2) != size - HEADER or size & 3:
        return False
    memset(out, 0, sizeof(BindingRequest))
    out.data = data
    out.size = size
    out.transaction_id = data + 8
    while position < size:
        if out.has_fingerprint:
            return False
        kind = get16(data + position)
        length = get16(data + position + 2)
        if length > size - position - 4:
            return False
        if kind == ATTR_FINGERPRINT:
            if length != 4 or get32(data + position + 4) != fingerprint_of(data, position):
                return False
            out.has_fingerprint = True
        elif out.integrity_offset:
            return False
        elif kind == ATTR_MESSAGE_INTEGRITY:
            if length != INTEGRITY_SIZE:
                return False
            out.integrity_offset = position
        elif not read_attribute(out, kind, data + position + 4, length):
            return False
        position += 4 + ((length + 3) & ~3)
    return out.integrity_offset != 0 and out.username != NULL


cdef bint verify_integrity(const BindingRequest* request, const StunKey* key) noexcept nogil:
    cdef uint8_t digest[INTEGRITY_SIZE]
    cdef const uint8_t* claimed = request.data + request.integrity_offset + 4
    cdef int difference = 0
    cdef int i
    integrity_of(key, request.data, request.integrity_offset, digest)
    for i in range(INTEGRITY_SIZE):  # in constant time
        difference |= digest[i] ^ claimed[i]
    return difference == 0

# ---------------------------------------------------------------- answering


cdef int write_binding_success(
    uint8_t* out, const BindingRequest* request, const StunKey* key,
    const uint8_t* address, int address_size, uint16_t port
) noexcept nogil:
    """20 header + 12 or 24 mapped address + 24 integrity + 8 fingerprint = 64 (IPv4) or 76 bytes (IPv6)."""
    cdef int position = HEADER
    cdef int i
    put16(out, BINDING_SUCCESS)
    put32(out + 4, <uint32_t>MAGIC_COOKIE)
    memcpy(out + 8, request.transaction_id, 12)
    put16(out + position, ATTR_XOR_MAPPED_ADDRESS)
    put16(out + position + 2, 4 + address_size)
    put16(out + position + 4, 1 if address_size == 4 else 2)
    put16(out + position + 6, port ^ (MAGIC_COOKIE >> 16))
    for i in range(address_size):
        out[position + 8 + i] = address[i] ^ out[4 + i]     # cookie, then transaction id (RFC 8489 14.2)
    position += 8 + address_size
    integrity_of(key, out, position, out + position + 4)
    put16(out + position, ATTR_MESSAGE_INTEGRITY)
    put16(out + position + 2, INTEGRITY_SIZE)
    position += 4 + INTEGRITY_SIZE
    put16(out + 2, position + 8 - HEADER)
    put32(out + position + 4, fingerprint_of(out, position))
    put16(out + position, ATTR_FINGERPRINT)
    put16(out + position + 2, 4)
    return position + 8


# For tests.

def parse(data, password=None):
    cdef Py_buffer view
    cdef BindingRequest request
    cdef StunKey key
    PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
    try:
        if not parse_binding_request(<const uint8_t*>view.buf, <int>view.len, &request):
            return None
        result = {
            "transaction_id": bytes(request.transaction_id[:12]),
            "username": bytes(request.username[:request.username_size]),
            "local_size": request.local_size,
            "integrity_offset": request.integrity_offset,
            "has_fingerprint": bool(request.has_fingerprint),
            "use_candidate": bool(request.use_candidate),
            "controlling": bool(request.controlling),
            "priority": request.priority,
        }
        if password is not None:
            stun_key(&key, password, <int>len(password))
            result["verified"] = bool(verify_integrity(&request, &key))
        return result
    finally:
        PyBuffer_Release(&view)


def answer(bytes data, bytes password, bytes address, int port):
    cdef BindingRequest request
    cdef StunKey key
    cdef uint8_t out[128]
    cdef int size
    memset(out, 0xA5, 128)
    if not parse_binding_request(data, <int>len(data), &request):
        return None
    stun_key(&key, password, <int>len(password))
    size = write_binding_success(out, &request, &key, address, <int>len(address), <uint16_t>port)
    assert size <= 96 and out[size] == 0xA5
    return bytes(out[:size])


def hmac_sha1(bytes key, bytes message):
    """HMAC as `integrity_of` does it, without the change of the header."""
    cdef StunKey states
    cdef Sha1 hasher
    cdef uint8_t digest[INTEGRITY_SIZE]
    stun_key(&states, key, <int>len(key))
    sha1_start(&hasher, states.inner, 64)
    sha1_update(&hasher, message, <int>len(message))
    sha1_finish(&hasher, digest)
    sha1_start(&hasher, states.outer, 64)
    sha1_update(&hasher, digest, INTEGRITY_SIZE)
    sha1_finish(&hasher, digest)
    return bytes(digest[:INTEGRITY_SIZE])

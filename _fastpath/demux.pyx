"""Open addressing with linear probing; removal shifts back, so no tombstones pile up over a long life."""
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc
from libc.string cimport memcmp, memcpy

from _fastpath.table cimport Address, Endpoint


cdef Kind classify(const uint8_t* data, int size) noexcept nogil:
    """By the first byte, as RFC 7983 section 7 has it."""
    if size < 1:
        return K_UNKNOWN
    if data[0] < 4:
        return K_STUN
    if 20 <= data[0] < 64:
        return K_DTLS
    if 128 <= data[0] < 192:
        return K_RTP
    return K_UNKNOWN


cdef inline uint32_t hash_octets(const uint8_t* data, int size) noexcept nogil:
    cdef uint64_t h = 0xCBF29CE484222325ULL
    cdef uint64_t word
    while size >= 8:
        memcpy(&word, data, 8)
        h = (h ^ word) * 0x9E3779B97F4A7C15ULL
        h ^= h >> 29
        data += 8
        size -= 8
    while size > 0:
        h = (h ^ data[0]) * 0x100000001B3ULL
        data += 1
        size -= 1
    return <uint32_t>(h ^ (h >> 32))


cdef AddressTable* new_address_table(int capacity) noexcept nogil:
    """`capacity`: a power of two, at least twice the entries ever held."""
    cdef AddressTable* table = <AddressTable*>calloc(1, sizeof(AddressTable))
    table.entries = <AddressEntry*>calloc(capacity, sizeof(AddressEntry))
    table.mask = capacity - 1
    return table


cdef Endpoint* find_address(AddressTable* table, const Address* address) noexcept nogil:
    cdef uint32_t at = hash_octets(<const uint8_t*>address, sizeof(Address)) & table.mask
    while table.entries[at].endpoint != NULL:
        if memcmp(&table.entries[at].address, address, sizeof(Address)) == 0:
            return table.entries[at].endpoint
        at = (at + 1) & table.mask
    return NULL


cdef bint put_address(AddressTable* table, const Address* address, Endpoint* endpoint) noexcept nogil:
    """False where the table is three quarters full."""
    cdef uint32_t at = hash_octets(<const uint8_t*>address, sizeof(Address)) & table.mask
    while table.entries[at].endpoint != NULL:
        if memcmp(&table.entries[at].address, address, sizeof(Address)) == 0:
            table.entries[at].endpoint = endpoint
            return True
        at = (at + 1) & table.mask
    if table.count * 4 >= (table.mask + 1) * 3:
        return False
    table.entries[at].address = address[0]
    table.entries[at].endpoint = endpoint
    table.count += 1
    return True


cdef void remove_address(AddressTable* table, const Address* address) noexcept nogil:
    cdef uint32_t at = hash_octets(<const uint8_t*>address, sizeof(Address)) & table.mask
    cdef uint32_t hole
    cdef uint32_t home
    while table.entries[at].endpoint != NULL:
        if memcmp(&table.entries[at].address, address, sizeof(Address)) == 0:
            break
        at = (at + 1) & table.mask
    else:
        return
    hole = at
    table.count -= 1
    while True:
        at = (at + 1) & table.mask
        if table.entries[at].endpoint == NULL:
            break
        home = hash_octets(<const uint8_t*>&table.entries[at].address, sizeof(Address)) & table.mask
        if ((at - home) & table.mask) >= ((at - hole) & table.mask):
            table.entries[hole] = table.entries[at]
            hole = at
    table.entries[hole].endpoint = NULL


cdef UfragTable* new_ufrag_table(int capacity) noexcept nogil:
    cdef UfragTable* table = <UfragTable*>calloc(1, sizeof(UfragTable))
    table.entries = <UfragEntry*>calloc(capacity, sizeof(UfragEntry))
    table.mask = capacity - 1
    return table


cdef inline bint same_ufrag(const UfragEntry* entry, const uint8_t* ufrag, int size) noexcept nogil:
    return entry.size == size and memcmp(entry.ufrag, ufrag, size) == 0


cdef Endpoint* find_ufrag(UfragTable* table, const uint8_t* ufrag, int size) noexcept nogil:
    cdef uint32_t at = hash_octets(ufrag, size) & table.mask
    if size > 32:
        return NULL
    while table.entries[at].endpoint != NULL:
        if same_ufrag(&table.entries[at], ufrag, size):
            return table.entries[at].endpoint
        at = (at + 1) & table.mask
    return NULL


cdef bint put_ufrag(UfragTable* table, const uint8_t* ufrag, int size, Endpoint* endpoint) noexcept nogil:
    """False where the fragment is taken."""
    cdef uint32_t at = hash_octets(ufrag, size) & table.mask
    while table.entries[at].endpoint != NULL:
        if same_ufrag(&table.entries[at], ufrag, size):
            return False
        at = (at + 1) & table.mask
    memcpy(table.entries[at].ufrag, ufrag, size)
    table.entries[at].size = size
    table.entries[at].endpoint = endpoint
    return True


cdef void remove_ufrag(UfragTable* table, const uint8_t* ufrag, int size) noexcept nogil:
    cdef uint32_t at = hash_octets(ufrag, size) & table.mask
    cdef uint32_t hole
    cdef uint32_t home
    while table.entries[at].endpoint != NULL:
        if same_ufrag(&table.entries[at], ufrag, size):
            break
        at = (at + 1) & table.mask
    else:
        return
    hole = at
    while True:
        at = (at + 1) & table.mask
        if table.entries[at].endpoint == NULL:
            break
        home = hash_octets(table.entries[at].ufrag, table.entries[at].size) & table.mask
        if ((at - home) & table.mask) >= ((at - hole) & table.mask):
            table.entries[hole] = table.entries[at]
            hole = at
    table.entries[hole].endpoint = NULL

"""Whose packet is it: proven addresses and user name fragments, each to an Endpoint (RFC 7983, RFC 8445)."""
from libc.stdint cimport uint8_t

from _fastpath.table cimport Address, Endpoint

cdef enum Kind:
    K_UNKNOWN
    K_STUN
    K_DTLS
    K_RTP           # or RTCP

cdef struct AddressEntry:
    Address address
    Endpoint* endpoint      # NULL: free

cdef struct AddressTable:
    AddressEntry* entries
    int mask
    int count

cdef struct UfragEntry:
    Endpoint* endpoint      # NULL: free
    uint8_t ufrag[32]
    int size

cdef struct UfragTable:
    UfragEntry* entries
    int mask

cdef Kind classify(const uint8_t* data, int size) noexcept nogil
cdef AddressTable* new_address_table(int capacity) noexcept nogil
cdef Endpoint* find_address(AddressTable* table, const Address* address) noexcept nogil
cdef bint put_address(AddressTable* table, const Address* address, Endpoint* endpoint) noexcept nogil
cdef void remove_address(AddressTable* table, const Address* address) noexcept nogil
cdef UfragTable* new_ufrag_table(int capacity) noexcept nogil
cdef Endpoint* find_ufrag(UfragTable* table, const uint8_t* ufrag, int size) noexcept nogil
cdef bint put_ufrag(UfragTable* table, const uint8_t* ufrag, int size, Endpoint* endpoint) noexcept nogil
cdef void remove_ufrag(UfragTable* table, const uint8_t* ufrag, int size) noexcept nogil

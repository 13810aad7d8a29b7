"""libsrtp's own functions, by pointer out of pylibsrtp (RFC 3711, RFC 7714)."""
from libc.stdint cimport uint8_t

ctypedef void* Session
ctypedef int (*Transform)(Session session, void* packet, int* size) noexcept nogil

cdef struct SrtpFunctions:
    Transform protect
    Transform unprotect
    Transform protect_rtcp
    Transform unprotect_rtcp

cdef SrtpFunctions* srtp_functions() noexcept nogil
cdef Session session_pointer(object session) except NULL

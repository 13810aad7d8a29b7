"""Single stages of the engine in a loop, and the whole of `run_batch` under a stopwatch.

`install` puts a timing wrapper where `_fastpath.engine` will look for `run_batch`; it must be called before that module
is imported. So the time is the pipeline's own: without sockets, without the lists of Python objects that `Engine.step`
takes and gives. The null cipher replaces libsrtp's functions in the table that the engine calls through.
"""
from cpython.pycapsule cimport PyCapsule_GetName, PyCapsule_GetPointer, PyCapsule_New
from libc.stdint cimport int64_t, uint8_t, uintptr_t
from libc.string cimport memcpy

import _fastpath.pipeline

from _fastpath.packet cimport ExtensionMap, Packet, parse_rtp
from _fastpath.pipeline cimport Datagram, State
from _fastpath.srtp cimport Session, SrtpFunctions, Transform, srtp_functions
from _fastpath.stun cimport (
    BindingRequest, StunKey, parse_binding_request, stun_key, verify_integrity, write_binding_success,
)
from bench.load.model cimport bench_monotonic

ctypedef void (*Batch)(State* state, Datagram* datagrams, int n) noexcept nogil

cdef Batch original = NULL
cdef object kept = None
cdef int64_t spent_ns = 0
cdef int64_t batches = 0
cdef SrtpFunctions real


cdef void timed(State* state, Datagram* datagrams, int n) noexcept nogil:
    global spent_ns, batches
    cdef int64_t start = bench_monotonic()
    original(state, datagrams, n)
    spent_ns += bench_monotonic() - start
    batches += 1


cdef int nothing(Session session, void* packet, int* size) noexcept nogil:
    return 0


def install():
    """Time every `run_batch` of engines from now on."""
    global original, kept
    faces = _fastpath.pipeline.__pyx_capi__
    kept = faces["run_batch"]
    original = <Batch>PyCapsule_GetPointer(kept, PyCapsule_GetName(kept))
    faces["run_batch"] = PyCapsule_New(<void*>timed, PyCapsule_GetName(kept), NULL)


def null_cipher(bint on):
    """Protect and unprotect nothing, or as libsrtp does."""
    global real
    cdef SrtpFunctions* functions = srtp_functions()
    if real.protect == NULL:
        real = functions[0]
    functions[0] = real
    if on:
        functions.protect = functions.unprotect = <Transform>nothing
        functions.protect_rtcp = functions.unprotect_rtcp = <Transform>nothing


def take_spent():
    """(ns, batches) since the last call."""
    global spent_ns, batches
    result = (spent_ns, batches)
    spent_ns = batches = 0
    return result


def parse_ns(bytes packet, dict extensions, int count):
    """ns per `parse_rtp`; `extensions`: id -> index of EXT_*."""
    cdef ExtensionMap ids
    cdef Packet out
    cdef uint8_t data[2048]
    cdef int size = len(packet)
    cdef int index, _round
    cdef int64_t start
    cdef bint good = True
    for index in range(256):
        ids.type_of[index] = 0
    for number, extension in extensions.items():
        ids.type_of[number] = extension + 1
    memcpy(data, <const uint8_t*>packet, size)
    start = bench_monotonic()
    with nogil:
        for _round in range(count):
            good = good and parse_rtp(data, size, &ids, &out)
    if not good:
        raise ValueError("the packet does not parse")
    return (bench_monotonic() - start) / <double>count


def protect_ns(list sessions, bytes packet, int rounds):
    """ns per libsrtp protect of a copy of the packet, over sessions in turn as a fan-out does."""
    cdef uintptr_t addresses[512]
    cdef uint8_t data[2048]
    cdef int number = len(sessions)
    cdef int size = len(packet)
    cdef int length, index, round
    cdef int64_t start
    cdef const uint8_t* source = packet
    cdef Transform protect = real.protect if real.protect != NULL else srtp_functions().protect
    for index in range(number):
        addresses[index] = sessions[index]
    start = bench_monotonic()
    with nogil:
        for round in range(rounds):
            for index in range(number):
                memcpy(data, source, size)
                data[2] = <uint8_t>(round >> 8)
                data[3] = <uint8_t>round
                length = size
                protect(<Session>addresses[index], data, &length)
    return (bench_monotonic() - start) / <double>(rounds * number)


def stun_ns(bytes request, bytes password, int count):
    """ns per binding request parsed, verified and answered."""
    cdef StunKey key
    cdef BindingRequest parsed
    cdef uint8_t out[256]
    cdef uint8_t address[4]
    cdef const uint8_t* data = request
    cdef int size = len(request)
    cdef int _round
    cdef int64_t start
    cdef bint good = True
    memcpy(address, b"\x0a\x00\x00\x01", 4)
    stun_key(&key, password, len(password))
    start = bench_monotonic()
    with nogil:
        for _round in range(count):
            good = good and parse_binding_request(data, size, &parsed) and verify_integrity(&parsed, &key)
            write_binding_success(out, &parsed, &key, address, 4, 5000)
    if not good:
        raise ValueError("the request does not verify")
    return (bench_monotonic() - start) / <double>count

"""A few hundred clients behind firewalls that let no UDP out: correct and bounded matters more here than fast.

A connection holds 8 kB to collect frames and, from its first full kernel buffer on, 256 kB of frames to send; beyond
that, packets are dropped whole. A broken connection is only marked; the engine's loop closes it and forgets its path.
"""
from libc.stdint cimport uint8_t, uint32_t
from libc.stdlib cimport malloc
from libc.string cimport memcpy, memmove

from _fastpath.counters cimport C_DROP_STREAM, C_RECEIVED, C_RECEIVED_OCTETS, C_SENT, C_SENT_OCTETS, C_TCP_ACCEPTED, \
    C_TCP_REFUSED
from _fastpath.kernel cimport (
    EAGAIN, EINTR, EPOLLIN, EPOLLOUT, EPOLL_CTL_ADD, EPOLL_CTL_MOD, IPPROTO_TCP, MSG_DONTWAIT, MSG_NOSIGNAL,
    SOCK_CLOEXEC, SOCK_NONBLOCK, TCP_NODELAY, accept4, close, epoll_ctl, epoll_event, errno, recv, send, setsockopt,
    sockaddr, sockaddr_storage)
from _fastpath.socket_batch cimport (
    MAX_STREAMS, STREAM_INBOX, STREAM_OUTBOX, Datagram, Sockets, Stream, address_of)
from _fastpath.table cimport SLOT_OCTETS, Address, State, count
from _fastpath.wire cimport get16, put16

cdef enum:
    STREAM_TAG = 0x20000  # epoll data: STREAM_TAG | index


cdef void break_stream(Sockets* sockets, Stream* stream) noexcept nogil:
    stream.broken = True
    sockets.reap = True


cdef void watch(Sockets* sockets, Stream* stream, int operation, bint writing) noexcept nogil:
    cdef epoll_event event
    event.events = EPOLLIN | (EPOLLOUT if writing else 0)
    event.data.u64 = STREAM_TAG | (stream.number & (MAX_STREAMS - 1))
    epoll_ctl(sockets.epoll, operation, stream.fd, &event)


cdef void stream_accept(State* state, Sockets* sockets, int listener) noexcept nogil:
    cdef sockaddr_storage name
    cdef uint32_t name_size = sizeof(sockaddr_storage)
    cdef int one = 1
    cdef int i
    cdef Stream* stream
    cdef int fd = accept4(sockets.tcp[listener], <sockaddr*>&name, &name_size, SOCK_NONBLOCK | SOCK_CLOEXEC)
    if fd < 0:
        return
    for i in range(MAX_STREAMS):
        if sockets.streams[i].fd < 0:
            break
    else:
        count(state, C_TCP_REFUSED)
        close(fd)
        return
    stream = &sockets.streams[i]
    if stream.inbox == NULL:
        stream.inbox = <uint8_t*>malloc(STREAM_INBOX)
        if stream.inbox == NULL:
            count(state, C_TCP_REFUSED)
            close(fd)
            return
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one))
    stream.fd = fd
    stream.broken = stream.waiting = False
    stream.opened_ns = state.now_ns
    stream.inbox_size = stream.outbox_size = stream.outbox_start = 0
    address_of(&name, 255, &stream.address)
    stream.address.stream = stream.number
    sockets.stream_count += 1
    watch(sockets, stream, EPOLL_CTL_ADD, False)
    count(state, C_TCP_ACCEPTED)


cdef void stream_flush(State* state, Sockets* sockets, Stream* stream) noexcept nogil:
    cdef ssize_t sent
    while stream.outbox_start < stream.outbox_size:
        sent = send(stream.fd, stream.outbox + stream.outbox_start, stream.outbox_size - stream.outbox_start,
                    MSG_DONTWAIT | MSG_NOSIGNAL)
        if sent < 0:
            if errno == EINTR:
                continue
            if errno != EAGAIN:
                break_stream(sockets, stream)
            return
        stream.outbox_start += <int>sent
    stream.outbox_start = stream.outbox_size = 0
    if stream.waiting:
        stream.waiting = False
        watch(sockets, stream, EPOLL_CTL_MOD, False)


cdef void stream_send(
    State* state, Sockets* sockets, const Address* address, const uint8_t* data, int size) noexcept nogil:
    cdef Stream* stream = &sockets.streams[address.stream & (MAX_STREAMS - 1)]
    if stream.fd < 0 or stream.number != address.stream or stream.broken:
        count(state, C_DROP_STREAM)
        return
    if stream.outbox == NULL:
        stream.outbox = <uint8_t*>malloc(STREAM_OUTBOX)
    if stream.outbox_start > 0 and stream.outbox != NULL:
        memmove(stream.outbox, stream.outbox + stream.outbox_start, stream.outbox_size - stream.outbox_start)
        stream.outbox_size -= stream.outbox_start
        stream.outbox_start = 0
    if stream.outbox == NULL or stream.outbox_size + size + 2 > STREAM_OUTBOX:
        count(state, C_DROP_STREAM)
        return
    put16(stream.outbox + stream.outbox_size, size)
    memcpy(stream.outbox + stream.outbox_size + 2, data, size)
    stream.outbox_size += size + 2
    state.counters[C_SENT] += 1
    state.counters[C_SENT_OCTETS] += size
    if not stream.waiting:
        stream_flush(state, sockets, stream)
        if stream.outbox_size > 0 and not stream.broken:
            stream.waiting = True
            watch(sockets, stream, EPOLL_CTL_MOD, True)


cdef int stream_receive(State* state, Sockets* sockets, Stream* stream, Datagram* out, int capacity) noexcept nogil:
    """A frame that cannot be ours (empty or longer than a receive slot) ends the connection."""
    cdef ssize_t taken
    cdef int at = 0
    cdef int n = 0
    cdef int size
    if stream.inbox_size > 0 and stream.inbox_size >= 2 + get16(stream.inbox):
        pass  # frames left from the last read come first
    else:
        taken = recv(stream.fd, stream.inbox + stream.inbox_size, STREAM_INBOX - stream.inbox_size, MSG_DONTWAIT)
        if taken == 0 or (taken < 0 and errno != EAGAIN and errno != EINTR):
            break_stream(sockets, stream)
            return 0
        if taken < 0:
            return 0
        stream.inbox_size += <int>taken
    while n < capacity and stream.inbox_size - at >= 2:
        size = get16(stream.inbox + at)
        if size == 0 or size > SLOT_OCTETS:
            break_stream(sockets, stream)
            return n
        if stream.inbox_size - at < 2 + size:
            break
        # Copied out to the receive slots, so that the inbox can close its gap at once.
        memcpy(sockets.inbox + n * SLOT_OCTETS, stream.inbox + at + 2, size)
        out[n].data = sockets.inbox + n * SLOT_OCTETS
        out[n].size = size
        out[n].address = stream.address
        state.counters[C_RECEIVED] += 1
        state.counters[C_RECEIVED_OCTETS] += size
        at += 2 + size
        n += 1
    stream.inbox_size -= at
    memmove(stream.inbox, stream.inbox + at, stream.inbox_size)
    return n


cdef void stream_close(Sockets* sockets, Stream* stream) noexcept nogil:
    close(stream.fd)
    stream.fd = -1
    stream.number += MAX_STREAMS
    if stream.number < 0:  # wrapped
        stream.number &= MAX_STREAMS - 1
    sockets.stream_count -= 1

"""An epoll loop over one UDP socket per local address, the ICE-TCP listeners, their connections and the command eventfd.

The clock is read once per round. A socket is drained in batches of BATCH before the next one has its turn, but not for
ever: after ROUNDS batches, timers and commands come first again.
"""
from libc.stdint cimport int64_t, uint64_t

from _fastpath cimport atomic
from _fastpath.commands cimport CommandRing, run_commands
from _fastpath.connectivity cimport drop_path
from _fastpath.demux cimport AddressTable, find_address
from _fastpath.egress cimport flush
from _fastpath.events cimport signal_events
from _fastpath.kernel cimport (
    EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLL_CTL_ADD, PRIO_PROCESS, close, epoll_create1, epoll_ctl,
    epoll_event, epoll_wait_ns, errno, eventfd_read, monotonic_ns, setpriority, thread_id)
from _fastpath.pacer cimport run_pacers
from _fastpath.pipeline cimport run_batch
from _fastpath.reports cimport next_timer, run_timers
from _fastpath.socket_batch cimport BATCH, MAX_STREAMS, Sockets, Stream, receive_batch
from _fastpath.streams cimport stream_accept, stream_close, stream_flush, stream_receive
from _fastpath.table cimport State, set_clock

cdef enum:
    UDP_TAG = 0                 # epoll data: UDP_TAG + index, TCP_TAG + index, STREAM_TAG + index, COMMAND_TAG
    TCP_TAG = 0x10000
    STREAM_TAG = 0x20000
    COMMAND_TAG = 0x30000
    READY = 64
    ROUNDS = 4
    PRIORITY = -15              # where allowed: p50 under Python load 19 us instead of 58
    LONGEST_WAIT_NS = 1000000000

cdef int64_t UNPROVEN_NS = 10 * 1000000000LL  # a TCP connection that has not passed a check by then is closed


cdef int watch(Sockets* sockets, int fd, uint64_t tag) noexcept nogil:
    cdef epoll_event event
    event.events = EPOLLIN
    event.data.u64 = tag
    return epoll_ctl(sockets.epoll, EPOLL_CTL_ADD, fd, &event)


cdef int open_loop(Sockets* sockets) noexcept nogil:
    cdef int i
    sockets.epoll = epoll_create1(0)
    if sockets.epoll < 0:
        return errno
    for i in range(sockets.udp_count):
        if watch(sockets, sockets.udp[i], UDP_TAG + i) < 0:
            return errno
    for i in range(sockets.tcp_count):
        if watch(sockets, sockets.tcp[i], TCP_TAG + i) < 0:
            return errno
    return errno if watch(sockets, sockets.command_fd, COMMAND_TAG) < 0 else 0


cdef void serve_udp(State* state, Sockets* sockets, int local) noexcept nogil:
    cdef int n = BATCH
    cdef int rounds = 0
    while n == BATCH and rounds < ROUNDS:
        n = receive_batch(state, sockets, local)
        if n > 0:
            run_batch(state, sockets.datagrams, n)
        rounds += 1
        flush(state)


cdef void serve_stream(State* state, Sockets* sockets, Stream* stream, unsigned int events) noexcept nogil:
    cdef int n = BATCH
    if stream.fd < 0:
        return
    if events & EPOLLOUT:
        stream_flush(state, sockets, stream)
    if not events & (EPOLLIN | EPOLLERR | EPOLLHUP):
        return
    while n == BATCH and not stream.broken:  # frames already in the inbox raise no further event
        n = stream_receive(state, sockets, stream, sockets.datagrams, BATCH)
        if n > 0:
            run_batch(state, sockets.datagrams, n)
            flush(state)


cdef void reap_streams(State* state, Sockets* sockets) noexcept nogil:
    """Close what is broken, and what has connected but proven nothing."""
    cdef Stream* stream
    cdef int i
    sockets.reap = False
    for i in range(MAX_STREAMS):
        stream = &sockets.streams[i]
        if stream.fd < 0:
            continue
        if not stream.broken and state.now_ns - stream.opened_ns > UNPROVEN_NS and find_address(
                <AddressTable*>state.paths, &stream.address) == NULL:
            stream.broken = True
        if stream.broken:
            drop_path(state, &stream.address)
            stream_close(sockets, stream)


cdef int64_t wait_ns(State* state, CommandRing* commands) noexcept nogil:
    cdef int64_t left = next_timer(state) - state.now_ns
    if left <= 0 or atomic.load(&commands.head) != commands.tail:
        return 0
    return min(left, <int64_t>LONGEST_WAIT_NS)


cdef void dispatch(State* state, Sockets* sockets, epoll_event* event) noexcept nogil:
    cdef uint64_t tag = event.data.u64
    cdef uint64_t ignored
    if tag < TCP_TAG:
        serve_udp(state, sockets, <int>tag)
    elif tag < STREAM_TAG:
        stream_accept(state, sockets, <int>(tag - TCP_TAG))
    elif tag < COMMAND_TAG:
        serve_stream(state, sockets, &sockets.streams[tag - STREAM_TAG], event.events)
    else:
        eventfd_read(sockets.command_fd, &ignored)


cdef int run_loop(State* state, CommandRing* commands, Sockets* sockets, uint64_t* stopping) noexcept nogil:
    cdef epoll_event[READY] events
    cdef int ready
    cdef int i
    cdef int status = open_loop(sockets)
    cdef int64_t swept_ns = 0
    setpriority(PRIO_PROCESS, thread_id(), PRIORITY)  # refused without CAP_SYS_NICE: then it runs as it is
    while status == 0 and not atomic.load(stopping):
        set_clock(state, monotonic_ns())
        ready = epoll_wait_ns(sockets.epoll, events, READY, wait_ns(state, commands))
        set_clock(state, monotonic_ns())
        run_commands(state, commands)
        for i in range(ready):
            dispatch(state, sockets, &events[i])
        run_timers(state)
        run_pacers(state)
        flush(state)
        if sockets.reap or (sockets.stream_count and state.now_ns - swept_ns > 1000000000):
            swept_ns = state.now_ns
            reap_streams(state, sockets)
        signal_events(state)
    for i in range(MAX_STREAMS):
        if sockets.streams[i].fd >= 0:
            stream_close(sockets, &sockets.streams[i])
    if sockets.epoll >= 0:
        close(sockets.epoll)
        sockets.epoll = -1
    return status

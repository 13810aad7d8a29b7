"""recvmmsg, sendmmsg and UDP GSO.

The kernel is the wall: one send call costs 3 us on its own, 2.4 in a sendmmsg of many, 0.7 as an eighth of a GSO run.
Packets arrive here receiver by receiver, so that neighbours of equal size to one address make a run; the last packet of a
run may be shorter. Runs end at RUN: longer bursts are lost in shallow queues further on.
"""
from libc.stdint cimport uint8_t, uint16_t, uint32_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcmp, memcpy, memset

from _fastpath.counters cimport (
    C_DROP_SEND, C_DROP_TRUNCATED, C_RECEIVED, C_RECEIVED_OCTETS, C_SEND_CALLS, C_SEND_SEGMENTED, C_SENT,
    C_SENT_OCTETS)
from _fastpath.kernel cimport (
    AF_INET, AF_INET6, EAGAIN, EINTR, EINVAL, EIO, MSG_DONTWAIT, MSG_NOSIGNAL, MSG_TRUNC, errno, htons, mmsghdr, ntohs,
    put_segment, recvmmsg, sendmmsg, sockaddr_in, sockaddr_in6, sockaddr_storage)
from _fastpath.streams cimport stream_send
from _fastpath.table cimport BATCH, SLOT_OCTETS, Address, Egress, State, count

cdef enum:
    SEND_RETRIES = 3            # a full device queue drains in microseconds; after that the packet is lost


cdef Sockets* new_sockets() noexcept nogil:
    cdef Sockets* sockets = <Sockets*>calloc(1, sizeof(Sockets))
    cdef int i
    if sockets == NULL:
        return NULL
    sockets.epoll = -1
    sockets.command_fd = -1
    sockets.segmenting = True
    for i in range(BATCH):
        sockets.in_vectors[i].iov_base = sockets.inbox + i * SLOT_OCTETS
        sockets.in_vectors[i].iov_len = SLOT_OCTETS
    for i in range(MAX_STREAMS):
        sockets.streams[i].fd = -1
        sockets.streams[i].number = i
    return sockets


cdef void free_sockets(Sockets* sockets) noexcept nogil:
    cdef int i
    if sockets == NULL:
        return
    for i in range(MAX_STREAMS):
        free(sockets.streams[i].inbox)
        free(sockets.streams[i].outbox)
    free(sockets)


cdef void address_of(const sockaddr_storage* name, int local, Address* out) noexcept nogil:
    """Read a kernel address; an IPv4-mapped IPv6 address counts as IPv4."""
    cdef const sockaddr_in* four = <const sockaddr_in*>name
    cdef const sockaddr_in6* six = <const sockaddr_in6*>name
    cdef uint8_t[12] mapped
    memset(out, 0, sizeof(Address))
    out.local = <uint8_t>local
    out.stream = -1
    if name.ss_family == AF_INET:
        out.family = 4
        memcpy(out.ip, &four.sin_addr, 4)
        out.port = ntohs(four.sin_port)
        return
    out.port = ntohs(six.sin6_port)
    memset(mapped, 0, 10)
    mapped[10] = mapped[11] = 0xFF
    if memcmp(&six.sin6_addr, mapped, 12) == 0:
        out.family = 4
        memcpy(out.ip, <const uint8_t*>&six.sin6_addr + 12, 4)
    else:
        out.family = 6
        memcpy(out.ip, &six.sin6_addr, 16)


cdef uint32_t name_of(const Address* address, sockaddr_storage* out) noexcept nogil:
    cdef sockaddr_in* four = <sockaddr_in*>out
    cdef sockaddr_in6* six = <sockaddr_in6*>out
    if address.family == 4:
        four.sin_family = AF_INET
        four.sin_port = htons(address.port)
        memcpy(&four.sin_addr, address.ip, 4)
        return sizeof(sockaddr_in)
    memset(six, 0, sizeof(sockaddr_in6))
    six.sin6_family = AF_INET6
    six.sin6_port = htons(address.port)
    memcpy(&six.sin6_addr, address.ip, 16)
    return sizeof(sockaddr_in6)


cdef int receive_batch(State* state, Sockets* sockets, int local) noexcept nogil:
    cdef int i
    cdef int taken
    cdef int kept = 0
    cdef mmsghdr* message
    for i in range(BATCH):
        message = &sockets.in_messages[i]
        message.msg_hdr.msg_name = &sockets.in_names[i]
        message.msg_hdr.msg_namelen = sizeof(sockaddr_storage)
        message.msg_hdr.msg_iov = &sockets.in_vectors[i]
        message.msg_hdr.msg_iovlen = 1
        message.msg_hdr.msg_control = NULL
        message.msg_hdr.msg_controllen = 0
        message.msg_hdr.msg_flags = 0
    taken = recvmmsg(sockets.udp[local], sockets.in_messages, BATCH, MSG_DONTWAIT, NULL)
    if taken <= 0:
        return 0
    for i in range(taken):
        message = &sockets.in_messages[i]
        state.counters[C_RECEIVED] += 1
        state.counters[C_RECEIVED_OCTETS] += message.msg_len
        if message.msg_hdr.msg_flags & MSG_TRUNC:
            count(state, C_DROP_TRUNCATED)
            continue
        sockets.datagrams[kept].data = <uint8_t*>sockets.in_vectors[i].iov_base
        sockets.datagrams[kept].size = <int>message.msg_len
        address_of(&sockets.in_names[i], local, &sockets.datagrams[kept].address)
        kept += 1
    # All dropped is not the same as nothing there: the caller reads again on the next epoll round.
    return kept


cdef int run_length(Egress* egress, int first) noexcept nogil:
    """How many packets from `first` on can leave as one GSO send."""
    cdef int n = 1
    cdef int size = egress.sizes[first]
    while n < RUN and first + n < egress.count:
        if egress.sizes[first + n] > size or memcmp(
                &egress.addresses[first + n], &egress.addresses[first], sizeof(Address)) != 0:
            break
        n += 1
        if egress.sizes[first + n - 1] < size:
            break
    return n


cdef void transmit(State* state, Sockets* sockets, int local, int messages) noexcept nogil:
    """Send messages 0..messages-1 through one socket; what the kernel refuses is counted, the rest goes on."""
    cdef int done = 0
    cdef int sent
    cdef int retries = 0
    cdef mmsghdr* message
    while done < messages:
        sent = sendmmsg(sockets.udp[local], &sockets.out_messages[done], messages - done, MSG_DONTWAIT | MSG_NOSIGNAL)
        state.counters[C_SEND_CALLS] += 1
        if sent > 0:
            done += sent
            retries = 0
            continue
        if errno == EINTR:
            continue
        if errno == EAGAIN and retries < SEND_RETRIES:
            retries += 1
            continue
        message = &sockets.out_messages[done]
        if message.msg_hdr.msg_controllen > 0 and (errno == EIO or errno == EINVAL):
            sockets.segmenting = False  # no checksum offload on this path: never ask again
        state.counters[C_DROP_SEND] += message.msg_hdr.msg_iovlen
        done += 1
        retries = 0


cdef void send_batch(State* state, Sockets* sockets, Egress* egress) noexcept nogil:
    cdef int i = 0
    cdef int n
    cdef int k
    cdef int messages = 0
    cdef int local = -1
    cdef mmsghdr* message
    for k in range(egress.count):
        sockets.out_vectors[k].iov_base = egress.octets + <size_t>k * EGRESS_OCTETS
        sockets.out_vectors[k].iov_len = egress.sizes[k]
    while i < egress.count:
        if egress.addresses[i].stream >= 0:
            stream_send(state, sockets, &egress.addresses[i], egress.octets + <size_t>i * EGRESS_OCTETS,
                        egress.sizes[i])
            i += 1
            continue
        if egress.addresses[i].local != local:
            if messages > 0:
                transmit(state, sockets, local, messages)
            local = egress.addresses[i].local
            messages = 0
        n = run_length(egress, i) if sockets.segmenting else 1
        message = &sockets.out_messages[messages]
        message.msg_hdr.msg_name = &sockets.out_names[messages]
        message.msg_hdr.msg_namelen = name_of(&egress.addresses[i], &sockets.out_names[messages])
        message.msg_hdr.msg_iov = &sockets.out_vectors[i]
        message.msg_hdr.msg_iovlen = n
        message.msg_hdr.msg_control = NULL
        message.msg_hdr.msg_controllen = 0
        message.msg_hdr.msg_flags = 0
        if n > 1:
            message.msg_hdr.msg_control = sockets.out_control + messages * CONTROL_OCTETS
            message.msg_hdr.msg_controllen = put_segment(message.msg_hdr.msg_control, <uint16_t>egress.sizes[i])
            state.counters[C_SEND_SEGMENTED] += n
        for k in range(n):
            state.counters[C_SENT_OCTETS] += egress.sizes[i + k]
        state.counters[C_SENT] += n
        messages += 1
        i += n
    if messages > 0:
        transmit(state, sockets, local, messages)

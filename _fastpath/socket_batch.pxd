"""Datagrams in and out in batches: the only files with system calls on packets are this one and `streams`."""
from libc.stdint cimport int64_t, uint8_t, uint32_t

from _fastpath.kernel cimport iovec, mmsghdr, sockaddr_storage
from _fastpath.table cimport BATCH, SLOT_OCTETS, Address, Egress, State

cdef enum:
    MAX_SOCKETS = 16            # local addresses of one machine
    EGRESS = 256                # packets built before they are sent: 420 kB, inside the second-level cache
    EGRESS_OCTETS = 1664        # 1500 + libsrtp's trailer, whole cache lines
    RUN = 8                     # packets in one GSO send; longer runs are bursts that shallow queues drop
    CONTROL_OCTETS = 32
    MAX_STREAMS = 1024          # TCP connections at once
    STREAM_INBOX = 8192         # a whole frame of 2 + 2048 bytes always fits
    STREAM_OUTBOX = 262144      # a second of 2 Mbit/s; a slower reader loses packets, as UDP would

cdef struct Datagram:
    uint8_t* data
    int size
    Address address

cdef struct Stream:
    int fd                      # -1: free
    int number                  # index + generation * MAX_STREAMS, in Address.stream
    bint broken
    bint waiting                # for room in the kernel's buffer
    int64_t opened_ns
    Address address
    uint8_t* inbox
    int inbox_size
    uint8_t* outbox
    int outbox_start
    int outbox_size

cdef struct Sockets:
    int epoll
    int command_fd
    int udp[MAX_SOCKETS]
    int udp_count
    int tcp[MAX_SOCKETS]
    int tcp_count
    bint segmenting             # UDP GSO works here
    Datagram datagrams[BATCH]
    mmsghdr in_messages[BATCH]
    iovec in_vectors[BATCH]
    sockaddr_storage in_names[BATCH]
    mmsghdr out_messages[EGRESS]
    iovec out_vectors[EGRESS]
    sockaddr_storage out_names[EGRESS]
    uint8_t out_control[EGRESS * CONTROL_OCTETS]
    uint8_t inbox[BATCH * SLOT_OCTETS]
    Stream streams[MAX_STREAMS]
    int stream_count
    bint reap                   # some stream is broken

cdef Sockets* new_sockets() noexcept nogil
cdef void free_sockets(Sockets* sockets) noexcept nogil
# Take what is ready on one UDP socket into `datagrams`; returns how many (BATCH: there may be more).
cdef int receive_batch(State* state, Sockets* sockets, int local) noexcept nogil
cdef void send_batch(State* state, Sockets* sockets, Egress* egress) noexcept nogil
cdef void address_of(const sockaddr_storage* name, int local, Address* out) noexcept nogil

"""The system calls and structures that the engine uses: declarations only."""
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t


cdef extern from "<time.h>" nogil:
    struct timespec:
        long tv_sec
        long tv_nsec
    enum: CLOCK_MONOTONIC
    int clock_gettime(int clock, timespec* out)

cdef extern from "<sys/uio.h>" nogil:
    struct iovec:
        void* iov_base
        size_t iov_len

cdef extern from "<sys/socket.h>" nogil:
    struct sockaddr:
        uint16_t sa_family
    struct sockaddr_storage:
        uint16_t ss_family
    struct msghdr:
        void* msg_name
        uint32_t msg_namelen
        iovec* msg_iov
        size_t msg_iovlen
        void* msg_control
        size_t msg_controllen
        int msg_flags
    struct mmsghdr:
        msghdr msg_hdr
        unsigned int msg_len
    enum: AF_INET
    enum: AF_INET6
    enum: MSG_DONTWAIT
    enum: MSG_NOSIGNAL
    enum: MSG_TRUNC
    enum: SOCK_NONBLOCK
    enum: SOCK_CLOEXEC
    enum: SOL_SOCKET
    enum: SO_PRIORITY
    int recvmmsg(int fd, mmsghdr* messages, unsigned int count, int flags, timespec* timeout)
    int sendmmsg(int fd, mmsghdr* messages, unsigned int count, int flags)
    int accept4(int fd, sockaddr* address, uint32_t* size, int flags)
    ssize_t recv(int fd, void* buffer, size_t size, int flags)
    ssize_t send(int fd, const void* buffer, size_t size, int flags)

cdef extern from "<netinet/in.h>" nogil:
    struct in_addr:
        uint32_t s_addr
    struct in6_addr:
        uint8_t s6_addr[16]
    struct sockaddr_in:
        uint16_t sin_family
        uint16_t sin_port
        in_addr sin_addr
    struct sockaddr_in6:
        uint16_t sin6_family
        uint16_t sin6_port
        uint32_t sin6_flowinfo
        in6_addr sin6_addr
        uint32_t sin6_scope_id
    enum: IPPROTO_TCP
    uint16_t htons(uint16_t)
    uint16_t ntohs(uint16_t)

cdef extern from "<netinet/tcp.h>" nogil:
    enum: TCP_NODELAY
    int setsockopt(int fd, int level, int name, const void* value, uint32_t size)

cdef extern from "<sys/epoll.h>" nogil:
    union epoll_data_t:
        uint64_t u64
    struct epoll_event:
        uint32_t events
        epoll_data_t data
    enum: EPOLLIN
    enum: EPOLLOUT
    enum: EPOLLERR
    enum: EPOLLHUP
    enum: EPOLL_CTL_ADD
    enum: EPOLL_CTL_MOD
    enum: EPOLL_CTL_DEL
    int epoll_create1(int flags)
    int epoll_ctl(int epoll, int operation, int fd, epoll_event* event)

cdef extern from "<sys/eventfd.h>" nogil:
    enum: EFD_NONBLOCK
    enum: EFD_CLOEXEC
    int eventfd(unsigned int initial, int flags)
    int eventfd_write(int fd, uint64_t value)
    int eventfd_read(int fd, uint64_t* value)

cdef extern from "<sys/resource.h>" nogil:
    enum: PRIO_PROCESS
    int setpriority(int which, uint32_t who, int value)

cdef extern from "<unistd.h>" nogil:
    int close(int fd)

cdef extern from "<errno.h>" nogil:
    int errno
    enum: EAGAIN
    enum: EINTR
    enum: EIO
    enum: EINVAL
    enum: EMFILE

cdef extern from * nogil:
    """
    #include <netinet/udp.h>
    #include <sys/socket.h>
    #include <sys/syscall.h>
    #include <string.h>
    #include <unistd.h>
    #ifndef UDP_SEGMENT
    #define UDP_SEGMENT 103
    #endif
    #ifndef SOL_UDP
    #define SOL_UDP 17
    #endif
    /* One ancillary message that asks for UDP GSO (Linux 4.18): the datagram is cut every `segment` bytes. */
    static inline size_t treble_put_segment(void *control, uint16_t segment) {
        struct cmsghdr *head = (struct cmsghdr *)control;
        head->cmsg_level = SOL_UDP;
        head->cmsg_type = UDP_SEGMENT;
        head->cmsg_len = CMSG_LEN(sizeof(uint16_t));
        memcpy(CMSG_DATA(head), &segment, sizeof(uint16_t));
        return CMSG_SPACE(sizeof(uint16_t));
    }
    #include <sys/epoll.h>
    #include <errno.h>
    #ifndef SYS_epoll_pwait2
    #define SYS_epoll_pwait2 441
    #endif
    /* epoll_wait in nanoseconds (Linux 5.11), rounded up to milliseconds where the kernel cannot. */
    static inline int treble_epoll_wait(int epoll, struct epoll_event *events, int capacity, int64_t timeout_ns) {
        static int is_old = 0;
        if (!is_old) {
            struct { int64_t seconds, nanoseconds; } timeout = {timeout_ns / 1000000000, timeout_ns % 1000000000};
            int ready = (int)syscall(SYS_epoll_pwait2, epoll, events, capacity, &timeout, (void *)0, 0);
            if (ready >= 0 || errno != ENOSYS)
                return ready;
            is_old = 1;
        }
        return epoll_wait(epoll, events, capacity, (int)((timeout_ns + 999999) / 1000000));
    }
    static inline uint32_t treble_thread_id(void) { return (uint32_t)syscall(SYS_gettid); }
    """
    size_t put_segment "treble_put_segment" (void* control, uint16_t segment)
    uint32_t thread_id "treble_thread_id" ()
    int epoll_wait_ns "treble_epoll_wait" (int epoll, epoll_event* events, int capacity, int64_t timeout_ns)


cdef inline int64_t monotonic_ns() noexcept nogil:
    cdef timespec t
    clock_gettime(CLOCK_MONOTONIC, &t)
    return <int64_t>t.tv_sec * 1000000000 + t.tv_nsec

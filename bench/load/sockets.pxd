"""Many datagrams of one socket in one call, with the kernel's receive times; epoll without Python."""
from libc.stdint cimport int64_t

cdef extern from *:
    """
    #ifndef _GNU_SOURCE
    #define _GNU_SOURCE
    #endif
    #include <sys/epoll.h>
    #include <sys/prctl.h>
    #include <sys/socket.h>
    #include <sys/uio.h>
    #include <string.h>
    #include <time.h>
    #include <stdint.h>

    typedef struct {
        struct mmsghdr headers[32];
        struct iovec vectors[32];
        unsigned char data[32][2048];
        union { unsigned char bytes[64]; struct cmsghdr align; } control[32];
    } bench_batch;

    static inline int bench_receive(int fd, bench_batch *b) {
        for (int i = 0; i < 32; i++) {
            b->vectors[i].iov_base = b->data[i];
            b->vectors[i].iov_len = 2048;
            b->headers[i].msg_hdr.msg_name = NULL;
            b->headers[i].msg_hdr.msg_namelen = 0;
            b->headers[i].msg_hdr.msg_iov = &b->vectors[i];
            b->headers[i].msg_hdr.msg_iovlen = 1;
            b->headers[i].msg_hdr.msg_control = b->control[i].bytes;
            b->headers[i].msg_hdr.msg_controllen = 64;
            b->headers[i].msg_hdr.msg_flags = 0;
        }
        return recvmmsg(fd, b->headers, 32, MSG_DONTWAIT, NULL);
    }
    /* The kernel's receive time on CLOCK_REALTIME, 0 where it gave none. */
    static inline int64_t bench_stamp(bench_batch *b, int i) {
        struct cmsghdr *c = CMSG_FIRSTHDR(&b->headers[i].msg_hdr);
        if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPNS) {
            struct timespec t;
            memcpy(&t, CMSG_DATA(c), sizeof t);
            return (int64_t)t.tv_sec * 1000000000LL + t.tv_nsec;
        }
        return 0;
    }
    static inline int bench_watch(int epoll, int fd, int number) {
        struct epoll_event e;
        e.events = EPOLLIN;
        e.data.u64 = (uint64_t)number;
        return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e);
    }
    static inline int bench_ready(int epoll, int *numbers, int room) {
        struct epoll_event e[64];
        int n = epoll_wait(epoll, e, room < 64 ? room : 64, 0);
        for (int i = 0; i < n; i++)
            numbers[i] = (int)e[i].data.u64;
        return n;
    }
    """
    ctypedef struct mmsghdr:
        unsigned int msg_len
    ctypedef struct bench_batch:
        mmsghdr headers[32]
        unsigned char data[32][2048]
    int bench_receive(int fd, bench_batch* batch) nogil
    int64_t bench_stamp(bench_batch* batch, int index) nogil
    int bench_watch(int epoll, int fd, int number) nogil
    int bench_ready(int epoll, int* numbers, int room) nogil
    int epoll_create1(int flags) nogil
    int prctl(int option, unsigned long value) nogil

"""A forwarder that does nothing: recvmmsg, copy, sendmmsg. No decryption, no logic, no feedback, no memory of packets.

Whoever sends a datagram beginning with `J` is a receiver from then on; every other datagram goes to all receivers but
its sender. `gso` gathers what one receiver gets of one batch and hands runs of equal size to the kernel in one send
(UDP_SEGMENT, runs of 8 at most), as the engine does.
"""
from libc.stdint cimport int64_t
from libc.stdlib cimport calloc, free

cdef extern from *:
    """
    #ifndef _GNU_SOURCE
    #define _GNU_SOURCE
    #endif
    #include <arpa/inet.h>
    #include <netinet/in.h>
    #include <poll.h>
    #include <stdint.h>
    #include <string.h>
    #include <sys/socket.h>
    #include <sys/uio.h>

    #define IN 64
    #define OUT 512
    #define ROOM 1500
    #define RECEIVERS 1024
    #define RUN 8
    #ifndef UDP_SEGMENT
    #define UDP_SEGMENT 103
    #endif
    #ifndef SOL_UDP
    #define SOL_UDP 17
    #endif

    typedef struct {
        struct mmsghdr in[IN];
        struct iovec in_vector[IN];
        struct sockaddr_in from[IN];
        unsigned char in_data[IN][ROOM];
        struct mmsghdr out[OUT];
        struct iovec out_vector[OUT];
        union { unsigned char bytes[CMSG_SPACE(2)]; struct cmsghdr align; } control[OUT];
        unsigned char out_data[OUT][ROOM * RUN];
        int outs;
        struct sockaddr_in receiver[RECEIVERS];
        int receivers;
        int64_t received, sent, failed;
    } floor_state;

    static void floor_flush(int fd, floor_state *s) {
        int done = 0;
        while (done < s->outs) {
            int n = sendmmsg(fd, s->out + done, s->outs - done, 0);
            if (n <= 0) { s->failed++; done++; } else done += n;
        }
        s->outs = 0;
    }
    static void floor_join(floor_state *s, struct sockaddr_in *from) {
        for (int i = 0; i < s->receivers; i++)
            if (!memcmp(&s->receiver[i], from, sizeof *from)) return;
        if (s->receivers < RECEIVERS) s->receiver[s->receivers++] = *from;
    }
    static inline void floor_begin(int fd, floor_state *s, struct sockaddr_in *to) {
        if (s->outs == OUT) floor_flush(fd, s);
        struct mmsghdr *m = &s->out[s->outs];
        memset(m, 0, sizeof *m);
        m->msg_hdr.msg_name = to;
        m->msg_hdr.msg_namelen = sizeof *to;
        m->msg_hdr.msg_iov = &s->out_vector[s->outs];
        m->msg_hdr.msg_iovlen = 1;
        s->out_vector[s->outs].iov_base = s->out_data[s->outs];
        s->out_vector[s->outs].iov_len = 0;
        s->outs++;
    }
    static inline void floor_segment(floor_state *s, int size) {
        struct mmsghdr *m = &s->out[s->outs - 1];
        struct cmsghdr *c;
        uint16_t value = (uint16_t)size;
        m->msg_hdr.msg_control = s->control[s->outs - 1].bytes;
        m->msg_hdr.msg_controllen = CMSG_SPACE(2);
        c = CMSG_FIRSTHDR(&m->msg_hdr);
        c->cmsg_level = SOL_UDP;
        c->cmsg_type = UDP_SEGMENT;
        c->cmsg_len = CMSG_LEN(2);
        memcpy(CMSG_DATA(c), &value, 2);
    }
    /* Packet by packet to everybody (plain), or receiver by receiver in runs (gso). */
    static void floor_forward(int fd, floor_state *s, int first, int count, int gso) {
        for (int r = 0; r < s->receivers; r++) {
            int run = 0, size = 0;
            for (int i = first; i < first + count; i++) {
                int length = s->in[i].msg_len;
                if (s->in_data[i][0] == 'J' || !memcmp(&s->receiver[r], &s->from[i], sizeof s->from[i])) continue;
                if (!gso || run == 0 || run == RUN || length > size ||
                    (int)s->out_vector[s->outs - 1].iov_len != run * size) {
                    floor_begin(fd, s, &s->receiver[r]);
                    run = 0;
                    size = length;
                } else if (run == 1) floor_segment(s, size);
                struct iovec *v = &s->out_vector[s->outs - 1];
                memcpy((unsigned char *)v->iov_base + v->iov_len, s->in_data[i], length);
                v->iov_len += length;
                run++;
                s->sent++;
            }
        }
    }
    static void floor_batch(int fd, floor_state *s, int gso) {
        struct pollfd p = { fd, POLLIN, 0 };
        if (poll(&p, 1, 100) <= 0) return;
        for (int i = 0; i < IN; i++) {
            s->in_vector[i].iov_base = s->in_data[i];
            s->in_vector[i].iov_len = ROOM;
            memset(&s->in[i].msg_hdr, 0, sizeof s->in[i].msg_hdr);
            s->in[i].msg_hdr.msg_name = &s->from[i];
            s->in[i].msg_hdr.msg_namelen = sizeof s->from[i];
            s->in[i].msg_hdr.msg_iov = &s->in_vector[i];
            s->in[i].msg_hdr.msg_iovlen = 1;
        }
        int n = recvmmsg(fd, s->in, IN, MSG_DONTWAIT, NULL);
        for (int i = 0; i < n; i++) {
            s->received++;
            if (s->in_data[i][0] == 'J') floor_join(s, &s->from[i]);
        }
        if (n <= 0) return;
        if (gso) floor_forward(fd, s, 0, n, 1);
        else for (int i = 0; i < n; i++) floor_forward(fd, s, i, 1, 0);
        floor_flush(fd, s);
    }
    """
    ctypedef struct floor_state:
        int receivers
        int64_t received
        int64_t sent
        int64_t failed
    void floor_batch(int fd, floor_state* state, int gso) nogil


def forward(int fd, bint gso=False):
    """Forward on this UDP socket until the process is ended."""
    cdef floor_state* state = <floor_state*>calloc(1, sizeof(floor_state))
    cdef int _round
    if state == NULL:
        raise MemoryError
    try:
        while True:
            with nogil:
                for _round in range(64):
                    floor_batch(fd, state, gso)
    finally:
        free(state)

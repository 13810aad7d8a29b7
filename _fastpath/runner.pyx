"""Two ways to run the same stages: `start` gives them a thread and sockets, `step` is a function of bytes and time."""
import os
import socket
import threading
import time

from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.string cimport memcpy, memset

from _fastpath.values import Event, EventKind

from _fastpath cimport atomic
from _fastpath.commands cimport run_commands
from _fastpath.egress cimport flush
from _fastpath.events cimport E_PATH, signal_events
from _fastpath.holder cimport Holder
from _fastpath.kernel cimport EFD_CLOEXEC, EFD_NONBLOCK, close, eventfd, eventfd_read, eventfd_write, monotonic_ns
from _fastpath.loop cimport run_loop
from _fastpath.pacer cimport run_pacers
from _fastpath.pipeline cimport run_batch
from _fastpath.reports cimport next_timer, run_timers
from _fastpath.socket_batch cimport MAX_SOCKETS, Datagram as RawDatagram, new_sockets
from _fastpath.table cimport (
    BATCH, EVENTS, SLOT_OCTETS, Address as RawAddress, Event as RawEvent, EventRing, Object, set_clock)

EVENT_KINDS = tuple(EventKind)


cdef bytes address_text(const RawAddress* address):
    """As in `Event.data` of PATH: protocol, address, port."""
    family = socket.AF_INET if address.family == 4 else socket.AF_INET6
    size = 4 if address.family == 4 else 16
    text = socket.inet_ntop(family, (<const uint8_t*>address.ip)[:size])
    return f"{'tcp' if address.stream >= 0 else 'udp'} {text} {address.port}".encode()


cdef class Runner(Holder):
    @property
    def event_fd(self):
        return self.state.events.fd

    def listen(self, udp_fds, tcp_fds=()):
        cdef int i
        if self.sockets != NULL:
            raise ValueError("listen was called already")
        if not 0 < len(udp_fds) <= MAX_SOCKETS or len(tcp_fds) > MAX_SOCKETS:
            raise ValueError(f"between 1 and {MAX_SOCKETS} UDP sockets, at most {MAX_SOCKETS} TCP listeners")
        self.sockets = new_sockets()
        if self.sockets == NULL:
            raise MemoryError
        for i, fd in enumerate(udp_fds):
            self.sockets.udp[i] = fd
        self.sockets.udp_count = len(udp_fds)
        for i, fd in enumerate(tcp_fds):
            self.sockets.tcp[i] = fd
        self.sockets.tcp_count = len(tcp_fds)

    def start(self):
        if self.sockets == NULL:
            raise ValueError("listen first")
        if self.thread is not None:
            raise ValueError("the engine runs already")
        self.sockets.command_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)
        self.state.events.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)
        if self.sockets.command_fd < 0 or self.state.events.fd < 0:
            raise OSError("no eventfd: the process has too many open files")
        self.state.sockets = self.sockets
        self.state.capture = NULL
        set_clock(&self.state, monotonic_ns())
        self.state.ntp_offset_ns += time.time_ns() - self.state.now_ns
        self.threaded = True
        self.stopping = 0
        self.thread = threading.Thread(target=self._run, name="treble-engine", daemon=True)
        self.thread.start()

    def _run(self):
        with nogil:
            self.loop_status = run_loop(&self.state, &self.ring, self.sockets, &self.stopping)

    def stop(self):
        if self.thread is None:
            return
        atomic.store(&self.stopping, 1)
        eventfd_write(self.sockets.command_fd, 1)
        self.thread.join()
        self.thread = None
        self.threaded = False
        close(self.sockets.command_fd)
        self.sockets.command_fd = -1
        if self.loop_status:
            raise OSError(self.loop_status, os.strerror(self.loop_status))

    def now_ns(self):
        return monotonic_ns() if self.threaded else self.state.now_ns

    def poll(self):
        cdef EventRing* ring = &self.state.events
        cdef uint64_t ignored
        cdef uint64_t head
        cdef Object* retired
        cdef RawEvent* event
        if ring.fd >= 0:
            eventfd_read(ring.fd, &ignored)
            atomic.exchange(&ring.signalled, 0)
        # First the chain, then the ring: every event about a retired object is in the ring by now.
        retired = <Object*>atomic.exchange_pointer(&self.state.mailbox, NULL)
        head = atomic.load(&ring.head)
        out = []
        while ring.tail != head:
            event = &ring.events[ring.tail & (EVENTS - 1)]
            out.append(self.event(event))
            if event.slot >= 0:
                atomic.store(&ring.slot_tail, ring.slot_tail + 1)
            atomic.store(&ring.tail, ring.tail + 1)
        self.collect(retired)
        return out

    cdef object event(self, RawEvent* event):
        data = b""
        if event.slot >= 0:
            data = (self.state.events.slots + <size_t>event.slot * SLOT_OCTETS)[:event.size]
        if event.kind == E_PATH:
            data = address_text(<const RawAddress*><const uint8_t*>data)
        return Event(
            EVENT_KINDS[event.kind], event.endpoint, event.track, event.layer, event.row, event.value, data)

    # --- step mode ------------------------------------------------------------------------------------------------

    def step(self, datagrams, int64_t now_ns):
        cdef RawDatagram[BATCH] batch
        cdef int n = 0
        if self.threaded:
            raise ValueError("the engine runs in its thread")
        set_clock(&self.state, now_ns)
        while run_commands(&self.state, &self.ring):
            pass
        if self.sockets == NULL:
            self.sockets = new_sockets()  # only its receive slots are used
            if self.sockets == NULL:
                raise MemoryError
        for data, address in datagrams:
            if len(data) > SLOT_OCTETS:
                continue
            batch[n].data = self.sockets.inbox + n * SLOT_OCTETS
            batch[n].size = len(data)
            memcpy(batch[n].data, <const uint8_t*><bytes>data, len(data))
            self.read_address(address, &batch[n].address)
            n += 1
            if n == BATCH:
                self.run(batch, n)
                n = 0
        self.run(batch, n)
        run_timers(&self.state)
        run_pacers(&self.state)
        flush(&self.state)
        signal_events(&self.state)
        return self.sent()

    cdef void run(self, RawDatagram* batch, int n) noexcept:
        with nogil:
            run_batch(&self.state, batch, n)

    cdef int read_address(self, address, RawAddress* out) except -1:
        local, host, port = address
        memset(out, 0, sizeof(RawAddress))
        out.stream = -1
        out.local = local
        out.port = port
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        packed = socket.inet_pton(family, host)
        out.family = 4 if family == socket.AF_INET else 6
        memcpy(out.ip, <const uint8_t*><bytes>packed, len(packed))
        return 0

    cdef list sent(self):
        cdef size_t at = 0
        cdef int size
        cdef RawAddress address
        out = []
        while at < self.capture.size:
            memcpy(&size, self.capture.octets + at, sizeof(int))
            memcpy(&address, self.capture.octets + at + sizeof(int), sizeof(RawAddress))
            at += sizeof(int) + sizeof(RawAddress)
            family = socket.AF_INET if address.family == 4 else socket.AF_INET6
            host = socket.inet_ntop(family, (<const uint8_t*>address.ip)[:4 if address.family == 4 else 16])
            out.append(((self.capture.octets + at)[:size], (address.local, host, address.port)))
            at += size
        self.capture.size = 0
        return out

    def next_timer(self):
        cdef uint64_t head = self.ring.head
        return self.state.now_ns if head != self.ring.tail else next_timer(&self.state)

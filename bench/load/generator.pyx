"""The generator's thread: one `nogil` loop over the schedule of all Tracks and the sockets of all peers.

Sending comes first and on time: the loop sleeps until SPIN_NS before the next intended send and spins from there, and
reading stops between two sockets when a send falls due. Receive times are the kernel's (SO_TIMESTAMPNS), so it does not
matter for latency that sockets are read only each POLL_NS, many packets at a time, which is what keeps the generator
cheaper than any server. `Generator` owns all memory; its methods are called from one Python thread.
"""
import os
import threading

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uintptr_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, memset
from posix.time cimport CLOCK_MONOTONIC, clock_nanosleep, timespec

from bench.load.feedback cimport feedback_due
from bench.load.model cimport (
    ARRIVALS, BUCKETS, KIND_VIDEO, MAX_PEERS, MAX_TRACKS, PACKET_ROOM, SENT_WINDOW, STORED,
    Peer, Stream, Track, World, bench_monotonic, bench_realtime, srtp_call,
)
from bench.load.publish cimport publish_due
from bench.load.receive cimport receive
from bench.load.sockets cimport (
    bench_batch, bench_ready, bench_receive, bench_stamp, bench_watch, epoll_create1, prctl,
)

cdef enum:
    # Sockets are read this often. Kernel receive times make it invisible to latency; NACKs wait for it at most.
    POLL_NS = 500_000
    SPIN_NS = 50_000
    # Reports, feedback and NACKs are looked after this often.
    TICK_NS = 5_000_000
    TIMER_ABSTIME = 1
    PR_SET_TIMERSLACK = 29

cdef int64_t percentile(uint32_t* histogram, double share) noexcept:
    """In microseconds; -1 where nothing was counted."""
    cdef int64_t total = 0
    cdef int64_t below = 0
    cdef int index
    for index in range(BUCKETS):
        total += histogram[index]
    for index in range(BUCKETS):
        below += histogram[index]
        if total and below >= share * total:
            return index
    return -1


def _percentiles(uintptr_t histogram):
    return {
        name: percentile(<uint32_t*>histogram, share)
        for name, share in (("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999))
    }


cdef class Generator:
    """Peers, Tracks and the thread that drives them."""

    cdef World world
    cdef bench_batch* batch
    cdef int epoll
    cdef bint stopping
    cdef int64_t tick_ns
    cdef int tick_peer
    cdef object thread
    cdef list keep
    cdef readonly int cpu

    def __cinit__(self, calls=None, int cpu=-1, int sample_every=64):
        memset(&self.world, 0, sizeof(World))
        self.world.peers = <Peer*>calloc(MAX_PEERS, sizeof(Peer))
        self.world.tracks = <Track*>calloc(MAX_TRACKS, sizeof(Track))
        self.world.latency = <uint32_t*>calloc(BUCKETS, 4)
        self.world.latency_last = <uint32_t*>calloc(BUCKETS, 4)
        self.world.lag = <uint32_t*>calloc(BUCKETS, 4)
        self.batch = <bench_batch*>calloc(1, sizeof(bench_batch))
        if not (self.world.peers and self.world.tracks and self.world.latency and self.world.lag and self.batch):
            raise MemoryError
        self.world.sample_every = sample_every
        self.epoll = epoll_create1(0)
        self.keep = []
        self.cpu = cpu

    def __init__(self, calls=None, int cpu=-1, int sample_every=64):
        """`calls`: addresses of libsrtp's protect, unprotect, protect_rtcp, unprotect_rtcp. `cpu` -1: not pinned."""
        if calls is not None:
            protect, unprotect, protect_rtcp, unprotect_rtcp = calls
            self.world.protect = <srtp_call><uintptr_t>protect
            self.world.unprotect = <srtp_call><uintptr_t>unprotect
            self.world.protect_rtcp = <srtp_call><uintptr_t>protect_rtcp
            self.world.unprotect_rtcp = <srtp_call><uintptr_t>unprotect_rtcp

    def __dealloc__(self):
        cdef int index
        if self.epoll > 0:
            os.close(self.epoll)
        if self.world.peers:
            for index in range(self.world.peer_count):
                free(self.world.peers[index].streams)
                free(self.world.peers[index].arrivals)
                free(self.world.peers[index].consent)
        if self.world.tracks:
            for index in range(self.world.track_count):
                free(self.world.tracks[index].intended)
                free(self.world.tracks[index].opens)
                free(self.world.tracks[index].stored)
                free(self.world.tracks[index].stored_size)
        free(self.world.peers)
        free(self.world.tracks)
        free(self.world.latency)
        free(self.world.latency_last)
        free(self.world.lag)
        free(self.batch)

    def add_peer(
        self, int fd, *, uintptr_t send_session=0, uintptr_t receive_session=0, keep=None, ssrc=1, kinds=None,
        int mid_id=0, int abs_send_time_id=0, int transport_id=0, int level_id=0, consent=(), int streams=128,
    ):
        """A connected socket with its SRTP sessions (0: plain RTP). `kinds`: payload type -> kind. Returns its number."""
        if self.world.peer_count >= MAX_PEERS:
            raise ValueError("too many peers")
        cdef Peer* peer = &self.world.peers[self.world.peer_count]
        cdef int64_t now = bench_monotonic()
        cdef int number = self.world.peer_count
        memset(peer, 0, sizeof(Peer))
        peer.fd = fd
        peer.send_session = <void*>send_session
        peer.receive_session = <void*>receive_session
        peer.ssrc = ssrc
        for payload_type, kind in (kinds or {}).items():
            peer.kind_of[payload_type & 127] = kind
        peer.mid_id, peer.abs_send_time_id = mid_id, abs_send_time_id
        peer.transport_id, peer.level_id = transport_id, level_id
        peer.stream_capacity = streams
        peer.streams = <Stream*>calloc(streams, sizeof(Stream))
        peer.arrivals = <int64_t*>calloc(ARRIVALS, sizeof(int64_t))
        if consent:
            all_requests = b"".join(consent)
            peer.consent_size = len(consent[0])
            peer.consent_count = len(consent)
            peer.consent = <uint8_t*>calloc(1, len(all_requests))
            memcpy(peer.consent, <char*>all_requests, len(all_requests))
        # Spread over the second, so that a hundred peers do not report in one millisecond.
        peer.feedback_ns = now + (number * 7_919_000) % 100_000_000
        peer.report_ns = now + (number * 79_190_000) % 1_000_000_000
        peer.consent_ns = now + 1_000_000_000 + (number * 395_950_000) % 4_000_000_000
        self.keep.append(keep)
        self.world.peer_count += 1
        if bench_watch(self.epoll, fd, number) != 0:
            raise OSError("epoll_ctl")
        return number

    def add_track(
        self, int peer, *, bint video, int payload_type, int rtx_payload_type=0, ssrc, rtx_ssrc=0, bytes mid=b"0",
        int bitrate_bps, double rate_hz, int payload_bytes=1150, int64_t start_ns, int64_t spread_ns=0,
        int keyframe_every=0,
    ):
        """Publish from `start_ns` (CLOCK_MONOTONIC) on; returns the Track's number."""
        if self.world.track_count >= MAX_TRACKS or not 0 <= peer < self.world.peer_count:
            raise ValueError("too many tracks, or no such peer")
        cdef Track* track = &self.world.tracks[self.world.track_count]
        cdef int number = self.world.track_count
        memset(track, 0, sizeof(Track))
        track.peer = peer
        track.kind = 2 if video else 1
        track.payload_type, track.rtx_payload_type = payload_type, rtx_payload_type
        track.ssrc, track.rtx_ssrc = ssrc, rtx_ssrc
        track.mid_size = len(mid)
        memcpy(track.mid, <char*>mid, len(mid))
        track.clock_rate = 90000 if video else 48000
        track.period_ns = <int64_t>(1e9 / rate_hz)
        track.spread_ns = spread_ns
        track.frame_bytes = <int>(bitrate_bps / 8 / rate_hz)
        track.payload_bytes = payload_bytes
        track.keyframe_every = keyframe_every
        track.keyframe_wanted = video
        track.last_keyframe_ns = start_ns - 10_000_000_000
        track.random = 1 + number
        track.start_ns = track.next_ns = start_ns
        track.intended = <int64_t*>calloc(SENT_WINDOW, sizeof(int64_t))
        track.opens = <uint8_t*>calloc(SENT_WINDOW, 1)
        track.stored = <uint8_t*>calloc(STORED, PACKET_ROOM)
        track.stored_size = <uint16_t*>calloc(STORED, sizeof(uint16_t))
        self.world.peers[peer].tracks[self.world.peers[peer].track_count] = number
        self.world.peers[peer].track_count += 1
        self.world.track_count += 1
        return number

    def stop_track(self, int track):
        self.world.tracks[track].stopped = True

    def stop_peer(self, int peer):
        """No more from or to this peer; its socket may be closed after a call of `settle`."""
        self.world.peers[peer].stopped = True
        for index in range(self.world.peers[peer].track_count):
            self.world.tracks[self.world.peers[peer].tracks[index]].stopped = True

    def measure(self, int64_t start_ns, int64_t end_ns):
        """Count packets whose intended time lies in [start, end); `start_ns` must lie ahead."""
        cdef int index, stream
        self.world.window_start_ns = self.world.window_end_ns = 0
        memset(self.world.latency, 0, BUCKETS * 4)
        memset(self.world.latency_last, 0, BUCKETS * 4)
        memset(self.world.lag, 0, BUCKETS * 4)
        self.world.latency_max_ns = self.world.lag_max_ns = 0
        for index in range(self.world.track_count):
            self.world.tracks[index].window_packets = 0
        for index in range(self.world.peer_count):
            for stream in range(self.world.peers[index].stream_count):
                self.world.peers[index].streams[stream].window_packets = 0
        self.world.window_end_ns = end_ns
        self.world.window_start_ns = start_ns

    def start(self):
        self.stopping = False
        self.thread = threading.Thread(target=self._run, name="generator", daemon=True)
        self.thread.start()

    def stop(self):
        """Stop and join the thread. Idempotent."""
        self.stopping = True
        if self.thread is not None:
            self.thread.join()
            self.thread = None

    def _run(self):
        if self.cpu >= 0:
            os.sched_setaffinity(0, {self.cpu})
        with nogil:
            prctl(PR_SET_TIMERSLACK, 1)
            self.loop()

    cdef int64_t next_send(self) noexcept nogil:
        """When the earliest Track is due; that Track's number is not worth remembering: all due ones are served."""
        cdef int64_t earliest = 0x7FFFFFFFFFFFFFFFLL
        cdef int index
        for index in range(self.world.track_count):
            if not self.world.tracks[index].stopped and self.world.tracks[index].next_ns < earliest:
                earliest = self.world.tracks[index].next_ns
        return earliest

    cdef void publish(self) noexcept nogil:
        cdef int index
        for index in range(self.world.track_count):
            if self.world.tracks[index].next_ns <= self.world.now_ns and not self.world.tracks[index].stopped:
                publish_due(&self.world, index)

    cdef bint drain(self, int64_t until_ns) noexcept nogil:
        """Read ready sockets, at most until a send is due; false where nothing (more) waits."""
        cdef int ready[64]
        cdef int count = bench_ready(self.epoll, ready, 64)
        cdef int index, datagrams, number
        cdef int64_t stamp
        for index in range(count):
            if self.world.peers[ready[index]].stopped:
                continue
            datagrams = bench_receive(self.world.peers[ready[index]].fd, self.batch)
            for number in range(datagrams):
                stamp = bench_stamp(self.batch, number)
                receive(
                    &self.world, ready[index], self.batch.data[number], <int>self.batch.headers[number].msg_len,
                    stamp - self.world.realtime_offset_ns if stamp else bench_monotonic(),
                )
            self.world.now_ns = bench_monotonic()
            if self.world.now_ns >= until_ns:
                return True
        return count > 0

    cdef void tick(self, int64_t until_ns) noexcept nogil:
        """Look after peers' RTCP in turn, at most until a send is due; also follow the distance of the two clocks."""
        cdef int64_t before = bench_monotonic()
        cdef int64_t realtime = bench_realtime()
        cdef int64_t after = bench_monotonic()
        self.world.realtime_offset_ns = realtime - (before + after) // 2
        while self.tick_peer < self.world.peer_count:
            if not self.world.peers[self.tick_peer].stopped:
                feedback_due(&self.world, self.tick_peer)
            self.tick_peer += 1
            if bench_monotonic() >= until_ns:
                return
        self.tick_peer = 0
        self.tick_ns = after + TICK_NS

    cdef void sleep_until(self, int64_t when_ns) noexcept nogil:
        cdef timespec moment
        moment.tv_sec = when_ns // 1_000_000_000
        moment.tv_nsec = when_ns % 1_000_000_000
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &moment, NULL)

    cdef void loop(self) noexcept nogil:
        cdef int64_t next_ns, wake_ns
        self.world.now_ns = bench_monotonic()
        self.tick(0)
        while not self.stopping:
            self.world.now_ns = bench_monotonic()
            next_ns = self.next_send()
            if next_ns <= self.world.now_ns:
                self.publish()
                continue
            if next_ns - self.world.now_ns <= SPIN_NS:
                continue
            if self.world.now_ns >= self.tick_ns:
                self.tick(next_ns - SPIN_NS)
                continue
            if self.drain(next_ns - SPIN_NS):
                continue
            wake_ns = bench_monotonic() + POLL_NS
            self.sleep_until(min(next_ns - SPIN_NS, wake_ns))

    # What was measured

    def window(self):
        """Figures of the measuring window; latencies in microseconds, not yet reduced by the direct path's."""
        return {
            "latency": _percentiles(<uintptr_t>self.world.latency),
            "latency_max": self.world.latency_max_ns // 1000,
            "latency_last": _percentiles(<uintptr_t>self.world.latency_last),
            "lag": _percentiles(<uintptr_t>self.world.lag),
            "lag_max": self.world.lag_max_ns // 1000,
        }

    def tracks(self):
        return [
            {
                "peer": self.world.tracks[i].peer, "video": self.world.tracks[i].kind == KIND_VIDEO,
                "packets": self.world.tracks[i].packets, "octets": self.world.tracks[i].octets,
                "window": self.world.tracks[i].window_packets, "nacks": self.world.tracks[i].nacks,
                "retransmitted": self.world.tracks[i].retransmitted,
                "keyframe_requests": self.world.tracks[i].keyframe_requests,
            }
            for i in range(self.world.track_count)
        ]

    def streams(self):
        """Every stream that a peer receives; `track` -1 where no sample could be read."""
        result = []
        cdef Stream* s
        for i in range(self.world.peer_count):
            for j in range(self.world.peers[i].stream_count):
                s = &self.world.peers[i].streams[j]
                result.append({
                    "peer": i, "ssrc": s.ssrc, "track": s.track, "packets": s.packets, "octets": s.octets,
                    "window": s.window_packets, "duplicates": s.duplicates, "recovered": s.recovered,
                    "given_up": s.given_up, "samples": s.samples, "bad": s.bad,
                    "bad_status": s.bad_status, "unmarked": s.unmarked, "switches": s.switches,
                    "missing": s.missing_count,
                })
        return result

    def peers(self):
        return [
            {
                "first_media_ns": self.world.peers[i].first_media_ns, "received": self.world.peers[i].received,
                "unknown": self.world.peers[i].unknown, "padding": self.world.peers[i].padding,
                "rtx": self.world.peers[i].rtx, "rtcp": self.world.peers[i].rtcp,
                "rtcp_bad": self.world.peers[i].rtcp_bad, "stun": self.world.peers[i].stun,
                "dtls": self.world.peers[i].dtls, "sent_rtcp": self.world.peers[i].sent_rtcp,
                "send_errors": self.world.peers[i].send_errors,
            }
            for i in range(self.world.peer_count)
        ]

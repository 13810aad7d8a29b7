"""The Python face: `engine.pyi` documents it. Here commands are made, memory is owned, events become tuples.

Everything that the engine thread reads is allocated here and handed over by a command; from then on only that thread
touches it. What it has let go of comes back in `poll` on the retired chain: then the memory is freed, the index may be
given again, and the SRTP sessions of an Endpoint may be collected.
"""
import os
import socket
import threading

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, memset

from _fastpath import counters as counter_names
from _fastpath import srtp as srtp_sessions
from _fastpath.values import (
    Address,
    Codec,
    Datagram,
    EndpointStats,
    Event,
    EventKind,
    Extension,
    Kind,
    LayerStats,
    NO_TRACK,
    PayloadType,
    Profile,
    RowCodec,
    RowStats,
)
from _fastpath cimport atomic
from _fastpath.commands cimport (
    DO_ADD_ENDPOINT, DO_ADD_LAYER, DO_ADD_ROW, DO_ADD_TRACK, DO_REMOVE_ENDPOINT, DO_REMOVE_ROW, DO_REMOVE_TRACK,
    DO_REQUEST_KEYFRAME, DO_RESTART_ICE, DO_SEND, DO_SET_EXTENSIONS, DO_SET_GATE, DO_SET_KEYS, DO_SET_PAYLOADS,
    DO_SET_SOURCE, Command, CommandRing, new_commands, push_command, room_for_commands, run_commands)
from _fastpath.demux cimport AddressTable, UfragTable, new_address_table, new_ufrag_table
from _fastpath.egress cimport Capture, flush, free_egress, new_egress
from _fastpath.events cimport E_PATH, signal_events
from _fastpath.kernel cimport EFD_CLOEXEC, EFD_NONBLOCK, close, eventfd, eventfd_read, eventfd_write, monotonic_ns
from _fastpath.loop cimport run_loop
from _fastpath.pipeline cimport run_batch
from _fastpath.reports cimport next_timer, run_timers
from _fastpath.socket_batch cimport MAX_SOCKETS, Datagram as RawDatagram, Sockets, free_sockets, new_sockets
from _fastpath.srtp cimport session_pointer
from _fastpath.stun cimport stun_key
from _fastpath.history cimport HistoryEntry
from _fastpath.twcc cimport TwccArrivals
from _fastpath.table cimport (
    BATCH, BLOCK, CODECS, COUNTERS, ENDPOINT, EVENTS, EVENT_SLOTS, LAYER, MAX_CNAME, MAX_LAYERS, MAX_MID, MAX_PACKET,
    MAX_PATHS, MAX_UFRAG, NO_LAYER, ROW, SENT, SLOT_OCTETS, TRACK, Address as RawAddress, Block, Endpoint,
    Event as RawEvent, EventRing, ExtensionTable, Layer, Object, PayloadMap, Row, SentPacket, State, Track)


_EVENT_KINDS = tuple(EventKind)

cdef enum:
    TRACKS_PER_ENDPOINT = 4     # on average: microphone, camera, screen, screen audio
    ROWS_PER_ENDPOINT = 32      # on average; a desktop client has 24, a WHEP player 2
    LEVEL_HEARD_NS = 1000000000
    AUDIO_HISTORY = 32768       # octets: two seconds of Opus at 100 kbit/s
    AUDIO_SLOTS = 256
    VIDEO_SLOTS = 1024          # packets: three seconds of 2.5 Mbit/s

# Octets of history by Layer: two seconds and more of 300 kbit/s, 1 Mbit/s, 3 Mbit/s.
VIDEO_HISTORY = (131072, 262144, 1048576, 1048576)

# 1900 to 1970 (RFC 5905), plus a wall-clock start so that sender reports carry a plausible time.
NTP_EPOCH_SECONDS = 2208988800


cdef bytes address_text(const RawAddress* address):
    """As in `Event.data` of PATH: protocol, address, port."""
    family = socket.AF_INET if address.family == 4 else socket.AF_INET6
    size = 4 if address.family == 4 else 16
    text = socket.inet_ntop(family, (<const uint8_t*>address.ip)[:size])
    return f"{'tcp' if address.stream >= 0 else 'udp'} {text} {address.port}".encode()


cdef void* allocate(size_t size) except NULL:
    cdef void* memory = calloc(1, size)
    if memory == NULL:
        raise MemoryError
    return memory


cdef class Indices:
    """Small numbers, each given to one object at a time."""

    cdef list free
    cdef int limit
    cdef int used
    cdef str what

    def __cinit__(self, int limit, str what):
        self.free = []
        self.limit = limit
        self.what = what

    cdef int take(self) except -1:
        if self.free:
            return self.free.pop()
        if self.used == self.limit:
            raise BlockingIOError(f"the engine holds {self.limit} {self.what} already")
        self.used += 1
        return self.used - 1

    cdef void give_back(self, int index):
        self.free.append(index)


cdef class Engine:
    cdef State state
    cdef CommandRing ring
    cdef Sockets* sockets
    cdef Capture capture
    cdef uint64_t stopping
    cdef uint64_t acknowledged
    cdef int loop_status
    cdef bint threaded
    cdef object thread
    cdef Indices endpoint_indices
    cdef Indices track_indices
    cdef Indices row_indices
    cdef dict endpoints         # index -> set of its tracks and rows: ("track" | "row", index)
    cdef dict tracks            # index -> (endpoint, video, {layer: address of the Layer})
    cdef dict rows              # index -> (endpoint, video)
    cdef dict sessions          # endpoint -> SRTP sessions, kept until the engine has let go
    cdef dict pointers          # ("endpoint" | "track" | "row", index) -> address, for figures
    cdef set owned              # addresses handed to the engine and not come back

    def __cinit__(self, *, int max_endpoints=4096, uint32_t ssrc_seed=1):
        cdef int capacity = 1
        if max_endpoints < 1:
            raise ValueError("max_endpoints must be at least 1")
        memset(&self.state, 0, sizeof(State))
        memset(&self.capture, 0, sizeof(Capture))
        while capacity < max_endpoints * MAX_PATHS * 2:
            capacity *= 2
        self.state.max_endpoints = max_endpoints
        self.state.max_tracks = max_endpoints * TRACKS_PER_ENDPOINT
        self.state.max_rows = max_endpoints * ROWS_PER_ENDPOINT
        self.state.endpoints = <Endpoint**>allocate(max_endpoints * sizeof(Endpoint*))
        self.state.due = <int64_t*>allocate(max_endpoints * sizeof(int64_t))
        self.state.tracks = <Track**>allocate(self.state.max_tracks * sizeof(Track*))
        self.state.rows = <Row**>allocate(self.state.max_rows * sizeof(Row*))
        self.state.paths = new_address_table(capacity)
        self.state.ufrags = new_ufrag_table(capacity)
        self.state.events.events = <RawEvent*>allocate(EVENTS * sizeof(RawEvent))
        self.state.events.slots = <uint8_t*>allocate(EVENT_SLOTS * SLOT_OCTETS)
        self.state.events.fd = -1
        self.state.random = ssrc_seed * 2654435761u | 1
        self.state.capture = &self.capture
        self.state.ntp_offset_ns = NTP_EPOCH_SECONDS * 1000000000
        if not new_egress(&self.state) or not new_commands(&self.ring):
            raise MemoryError
        self.endpoint_indices = Indices(max_endpoints, "Endpoints")
        self.track_indices = Indices(self.state.max_tracks, "Tracks")
        self.row_indices = Indices(self.state.max_rows, "Rows")
        self.endpoints = {}
        self.tracks = {}
        self.rows = {}
        self.sessions = {}
        self.pointers = {}
        self.owned = set()

    def __dealloc__(self):
        cdef AddressTable* paths = <AddressTable*>self.state.paths
        cdef UfragTable* ufrags = <UfragTable*>self.state.ufrags
        if self.owned is not None:
            for address in list(self.owned):
                self.release(<Object*><size_t>address)
        if paths != NULL:
            free(paths.entries)
            free(paths)
        if ufrags != NULL:
            free(ufrags.entries)
            free(ufrags)
        free(self.state.endpoints)
        free(self.state.due)
        free(self.state.tracks)
        free(self.state.rows)
        free(self.state.events.events)
        free(self.state.events.slots)
        free(self.ring.commands)
        free(self.capture.octets)
        free_egress(&self.state)
        free_sockets(self.sockets)
        if self.state.events.fd >= 0:
            close(self.state.events.fd)

    # --- memory ---------------------------------------------------------------------------------------------------

    cdef void* own(self, size_t size, int kind, int index) except NULL:
        """Zeroed memory that the engine will give back, and its place among what it holds."""
        cdef Object* item = <Object*>allocate(size)
        item.kind = kind
        item.index = index
        self.owned.add(<size_t>item)
        return item

    cdef void release(self, Object* item):
        """Free one object with what belongs to it. Maps of an Endpoint are objects of their own."""
        cdef Layer* layer
        self.owned.discard(<size_t>item)
        if item.kind == ENDPOINT:
            free((<Endpoint*>item).arrivals)
        elif item.kind == LAYER:
            layer = <Layer*>item
            free(layer.history.octets)
            free(layer.history.entries)
        elif item.kind == ROW:
            free((<Row*>item).sent)
        free(item)

    cdef void collect(self, Object* item):
        """What the engine has let go of: memory freed, numbers free to be given again."""
        cdef Object* following
        while item != NULL:
            following = item.next
            if item.kind == ENDPOINT:
                self.sessions.pop(item.index, None)
                self.pointers.pop(("endpoint", item.index), None)
                self.endpoint_indices.give_back(item.index)
            elif item.kind == TRACK:
                self.pointers.pop(("track", item.index), None)
                self.track_indices.give_back(item.index)
            elif item.kind == ROW:
                self.pointers.pop(("row", item.index), None)
                self.row_indices.give_back(item.index)
            self.release(item)
            item = following

    cdef int submit(self, Command* command) except -1:
        """Queue a command and wake the thread. The caller has made sure that there is room."""
        if not push_command(&self.ring, command):
            raise BlockingIOError("the engine's command ring is full")
        if self.threaded and self.sockets != NULL:
            eventfd_write(self.sockets.command_fd, 1)
        return 0

    cdef int need_room(self, int commands=1) except -1:
        if room_for_commands(&self.ring) < commands:
            raise BlockingIOError("the engine's command ring is full")
        return 0

    cdef int check_endpoint(self, int endpoint) except -1:
        if endpoint not in self.endpoints:
            raise KeyError(f"no Endpoint {endpoint}")
        return 0

    cdef tuple check_track(self, int track):
        known = self.tracks.get(track)
        if known is None:
            raise KeyError(f"no Track {track}")
        return known

    cdef tuple check_row(self, int row):
        known = self.rows.get(row)
        if known is None:
            raise KeyError(f"no Row {row}")
        return known

    # --- running --------------------------------------------------------------------------------------------------

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
        self.state.now_ns = monotonic_ns()
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
            _EVENT_KINDS[event.kind], event.endpoint, event.track, event.layer, event.row, event.value, data)

    # --- step mode ------------------------------------------------------------------------------------------------

    def step(self, datagrams, int64_t now_ns):
        cdef RawDatagram[BATCH] batch
        cdef int n = 0
        if self.threaded:
            raise ValueError("the engine runs in its thread")
        self.state.now_ns = now_ns
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

    # --- Endpoints ------------------------------------------------------------------------------------------------

    cdef int put_ice(self, Command* command, bytes ufrag, bytes password) except -1:
        if not 4 <= len(ufrag) <= MAX_UFRAG:
            raise ValueError(f"an ice-ufrag has 4 to {MAX_UFRAG} characters here")
        if not 22 <= len(password) <= 256:
            raise ValueError("an ice-pwd has 22 to 256 characters (RFC 8839)")
        memcpy(command.ufrag, <const uint8_t*>ufrag, len(ufrag))
        command.ufrag_size = len(ufrag)
        stun_key(&command.key, <const uint8_t*>password, len(password))
        return 0

    def add_endpoint(self, ufrag, password):
        cdef Command command
        cdef Endpoint* endpoint
        memset(&command, 0, sizeof(Command))
        self.put_ice(&command, ufrag, password)
        self.need_room()
        index = self.endpoint_indices.take()
        endpoint = <Endpoint*>self.own(sizeof(Endpoint), ENDPOINT, index)
        endpoint.payloads = <PayloadMap*>self.own(sizeof(PayloadMap), BLOCK, -1)
        endpoint.extensions = <ExtensionTable*>self.own(sizeof(ExtensionTable), BLOCK, -1)
        command.kind = DO_ADD_ENDPOINT
        command.a = index
        command.pointer = endpoint
        self.pointers["endpoint", index] = <size_t>endpoint
        self.endpoints[index] = set()
        self.submit(&command)
        return index

    def restart_ice(self, int endpoint, ufrag, password):
        cdef Command command
        self.check_endpoint(endpoint)
        memset(&command, 0, sizeof(Command))
        self.put_ice(&command, ufrag, password)
        command.kind = DO_RESTART_ICE
        command.a = endpoint
        self.submit(&command)

    def set_keys(self, int endpoint, profile, receive_key, send_key):
        cdef Command command
        self.check_endpoint(endpoint)
        receive = srtp_sessions.create_session(int(profile), receive_key, True)
        send = srtp_sessions.create_session(int(profile), send_key, False)
        memset(&command, 0, sizeof(Command))
        command.kind = DO_SET_KEYS
        command.a = endpoint
        command.pointer = session_pointer(receive)
        command.second = session_pointer(send)
        self.submit(&command)
        self.sessions.setdefault(endpoint, []).append((receive, send))

    def set_payload_types(self, int endpoint, table):
        cdef Command command
        cdef PayloadMap* payloads
        self.check_endpoint(endpoint)
        self.need_room()
        for entry in table:
            if not 0 <= entry.number < 128 or entry.rtx_for > 127:
                raise ValueError(f"payload type {entry.number} is out of range")
        payloads = <PayloadMap*>self.own(sizeof(PayloadMap), BLOCK, -1)
        for entry in table:
            if entry.rtx_for >= 0:
                payloads.rtx_for[entry.number] = entry.rtx_for + 1
            else:
                payloads.codec[entry.number] = int(entry.codec)
                payloads.clock_rate[entry.number] = entry.clock_rate
        memset(&command, 0, sizeof(Command))
        command.kind = DO_SET_PAYLOADS
        command.a = endpoint
        command.pointer = payloads
        self.submit(&command)

    def set_extensions(self, int endpoint, ids):
        cdef Command command
        cdef ExtensionTable* table
        self.check_endpoint(endpoint)
        self.need_room()
        for number in ids:
            if not 1 <= number <= 255 or number == 15:
                raise ValueError(f"header extension id {number} is out of range")
        table = <ExtensionTable*>self.own(sizeof(ExtensionTable), BLOCK, -1)
        for number, kind in ids.items():
            table.by_id.type_of[number] = int(kind) + 1
            table.id_of[int(kind)] = number
        memset(&command, 0, sizeof(Command))
        command.kind = DO_SET_EXTENSIONS
        command.a = endpoint
        command.pointer = table
        self.submit(&command)

    def send(self, int endpoint, datagram):
        cdef Command command
        cdef Block* block
        self.check_endpoint(endpoint)
        self.need_room()
        if len(datagram) > MAX_PACKET:
            raise ValueError(f"a datagram has at most {MAX_PACKET} bytes")
        block = <Block*>self.own(sizeof(Block), BLOCK, -1)
        block.size = len(datagram)
        memcpy(block.octets, <const uint8_t*><bytes>datagram, block.size)
        memset(&command, 0, sizeof(Command))
        command.kind = DO_SEND
        command.a = endpoint
        command.pointer = block
        self.submit(&command)

    def remove_endpoint(self, int endpoint):
        self.check_endpoint(endpoint)
        self.simple(DO_REMOVE_ENDPOINT, endpoint, 0, False)
        for what, index in self.endpoints.pop(endpoint):
            if what == "track":
                del self.tracks[index]
            else:
                del self.rows[index]

    cdef uint64_t simple(self, int kind, int a, int b, bint acknowledge) except? 0:
        cdef Command command
        memset(&command, 0, sizeof(Command))
        command.kind = kind
        command.a = a
        command.b = b
        if acknowledge:
            self.acknowledged += 1
            command.number = self.acknowledged
        self.submit(&command)
        return command.number

    # --- Tracks ---------------------------------------------------------------------------------------------------

    def add_track(self, int endpoint, kind):
        cdef Command command
        cdef Track* track
        cdef Endpoint* owner
        self.check_endpoint(endpoint)
        self.need_room()
        index = self.track_indices.take()
        track = <Track*>self.own(sizeof(Track), TRACK, index)
        track.video = int(kind) == 1
        track.open = True
        memset(&command, 0, sizeof(Command))
        command.kind = DO_ADD_TRACK
        command.a = endpoint
        command.pointer = track
        owner = <Endpoint*><size_t>self.pointers["endpoint", endpoint]
        if owner.arrivals == NULL:  # written once, before the engine can see the Endpoint's first Track
            owner.arrivals = <TwccArrivals*>allocate(sizeof(TwccArrivals))
        self.pointers["track", index] = <size_t>track
        self.tracks[index] = (endpoint, bool(track.video), {})
        self.endpoints[endpoint].add(("track", index))
        self.submit(&command)
        return index

    def add_layer(self, int track, int layer, *, mid=b"", rid=b"", uint32_t ssrc=0, uint32_t rtx_ssrc=0):
        cdef Command command
        cdef Layer* item
        known = self.check_track(track)
        if not 0 <= layer < MAX_LAYERS:
            raise ValueError(f"a Track has Layers 0 to {MAX_LAYERS - 1}")
        if layer in known[2]:
            raise ValueError(f"Track {track} has a Layer {layer} already")
        if len(mid) > MAX_MID or len(rid) > MAX_MID:
            raise ValueError(f"MID and RID have at most {MAX_MID} bytes here")
        self.need_room()
        item = <Layer*>self.own(sizeof(Layer), LAYER, layer)
        item.index = layer
        item.mid_size = len(mid)
        item.rid_size = len(rid)
        memcpy(item.mid, <const uint8_t*><bytes>mid, len(mid))
        memcpy(item.rid, <const uint8_t*><bytes>rid, len(rid))
        item.ssrc = ssrc
        item.rtx_ssrc = rtx_ssrc
        item.history.capacity = VIDEO_HISTORY[layer if rid else MAX_LAYERS - 1] if known[1] else AUDIO_HISTORY
        item.history.slots = VIDEO_SLOTS if known[1] else AUDIO_SLOTS
        item.history.octets = <uint8_t*>allocate(item.history.capacity)
        item.history.entries = <HistoryEntry*>allocate(item.history.slots * sizeof(HistoryEntry))
        memset(&command, 0, sizeof(Command))
        command.kind = DO_ADD_LAYER
        command.a = track
        command.pointer = item
        known[2][layer] = <size_t>item
        self.submit(&command)

    def set_gate(self, int track, is_open):
        self.check_track(track)
        return self.simple(DO_SET_GATE, track, bool(is_open), True)

    def request_keyframe(self, int track, int layer):
        self.check_track(track)
        if not 0 <= layer < MAX_LAYERS:
            raise ValueError(f"a Track has Layers 0 to {MAX_LAYERS - 1}")
        self.simple(DO_REQUEST_KEYFRAME, track, layer, False)

    def remove_track(self, int track):
        endpoint = self.check_track(track)[0]
        self.simple(DO_REMOVE_TRACK, track, 0, False)
        del self.tracks[track]
        self.endpoints[endpoint].discard(("track", track))

    # --- Rows -----------------------------------------------------------------------------------------------------

    def add_row(self, int endpoint, kind, *, uint32_t ssrc, uint32_t rtx_ssrc=0, mid, cname, codecs, extensions=(),
                nack=True):
        cdef Command command
        cdef Row* row
        self.check_endpoint(endpoint)
        self.need_room()
        if len(mid) > MAX_MID or len(cname) > MAX_CNAME:
            raise ValueError(f"a MID has at most {MAX_MID} bytes here, a CNAME {MAX_CNAME}")
        index = self.row_indices.take()
        row = <Row*>self.own(sizeof(Row), ROW, index)
        row.video = int(kind) == 1
        row.nack = bool(nack)
        row.ssrc = ssrc
        row.rtx_ssrc = rtx_ssrc
        row.layer = row.target = NO_LAYER
        row.mid_size = len(mid)
        row.cname_size = len(cname)
        memcpy(row.mid, <const uint8_t*><bytes>mid, len(mid))
        memcpy(row.cname, <const uint8_t*><bytes>cname, len(cname))
        memset(row.payload_type, 255, CODECS)
        memset(row.rtx_payload_type, 255, CODECS)
        for codec in codecs:
            row.payload_type[int(codec.codec)] = codec.number
            row.clock_rate = codec.clock_rate
            if codec.rtx_number >= 0:
                row.rtx_payload_type[int(codec.codec)] = codec.rtx_number
        for extension in extensions:
            row.extensions |= 1u << <int>extension
        row.sent_mask = (SENT if row.video else SENT // 4) - 1
        row.sent = <SentPacket*>allocate((row.sent_mask + 1) * sizeof(SentPacket))
        memset(&command, 0, sizeof(Command))
        command.kind = DO_ADD_ROW
        command.a = endpoint
        command.pointer = row
        self.pointers["row", index] = <size_t>row
        self.rows[index] = (endpoint, bool(row.video))
        self.endpoints[endpoint].add(("row", index))
        self.submit(&command)
        return index

    def set_source(self, int row, int track, int layer, int64_t from_rtp_timestamp=-1):
        cdef Command command
        video = self.check_row(row)[1]
        if track != NO_TRACK and self.check_track(track)[1] != video:
            raise ValueError("an audio Row carries an audio Track, a video Row a video Track")
        if not 0 <= layer < MAX_LAYERS:
            raise ValueError(f"a Track has Layers 0 to {MAX_LAYERS - 1}")
        memset(&command, 0, sizeof(Command))
        command.kind = DO_SET_SOURCE
        command.a = row
        command.b = track
        command.c = layer
        command.value = from_rtp_timestamp if from_rtp_timestamp < 0 else from_rtp_timestamp & 0xFFFFFFFF
        self.submit(&command)

    def remove_row(self, int row):
        endpoint = self.check_row(row)[0]
        self.simple(DO_REMOVE_ROW, row, 0, False)
        del self.rows[row]
        self.endpoints[endpoint].discard(("row", row))

    # --- figures --------------------------------------------------------------------------------------------------

    def row_stats(self, int row):
        cdef Row* item
        self.check_row(row)
        item = <Row*><size_t>self.pointers["row", row]
        track = item.track.object.index if item.track != NULL else NO_TRACK
        return RowStats(
            track, item.layer, item.packets, item.octets, item.retransmitted, item.last_timestamp, item.last_sent_ns,
            item.reported_lost, item.reported_fraction, item.reported_jitter, item.clock_rate)

    def layer_stats(self, int track, int layer):
        cdef Layer* item
        known = self.check_track(track)
        if layer not in known[2]:
            return None
        item = <Layer*><size_t>known[2][layer]
        return LayerStats(
            item.ssrc, item.codec, item.packets, item.octets, item.lost, item.recovered, item.nacks, item.keyframes,
            item.keyframe_requests, item.bitrate_bps, item.last_arrival_ns)

    def endpoint_stats(self, int endpoint):
        cdef Endpoint* item
        self.check_endpoint(endpoint)
        item = <Endpoint*><size_t>self.pointers["endpoint", endpoint]
        return EndpointStats(
            item.selected >= 0 and item.send != NULL, item.received_packets, item.received_octets, item.sent_packets,
            item.sent_octets, item.rtt_ns, item.remb_bps, item.last_received_ns)

    def audio_levels(self):
        cdef Track* item
        now = self.now_ns()
        out = []
        for index, (_, video, _) in self.tracks.items():
            if video:
                continue
            item = <Track*><size_t>self.pointers["track", index]
            if item.level_ns and item.open and now - item.level_ns < LEVEL_HEARD_NS:
                out.append((index, item.level // 16))
        return out

    def counters(self):
        cdef int i
        return {counter_names.NAMES[i]: self.state.counters[i] for i in range(COUNTERS)}

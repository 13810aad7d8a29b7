"""Memory and numbers of everything in the table.

Python allocates an object, `own`s it and hands it over by a command. From then on only the engine thread touches it,
until it comes back on the retired chain; `collect` then frees the memory, the number and an Endpoint's SRTP sessions.
Whatever never came back is freed with the engine.
"""
from libc.stdint cimport int64_t, uint8_t, uint32_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset

from _fastpath.commands cimport Command, new_commands, push_command, room_for_commands
from _fastpath.demux cimport AddressTable, UfragTable, new_address_table, new_ufrag_table
from _fastpath.egress cimport Capture, free_egress, new_egress
from _fastpath.kernel cimport close, eventfd_write
from _fastpath.pages cimport Pages
from _fastpath.socket_batch cimport free_sockets
from _fastpath.table cimport (
    ENDPOINT, EVENTS, EVENT_SLOTS, LAYER, MAX_PATHS, ROW, SLOT_OCTETS, TRACK, Endpoint, Event as RawEvent, Layer, Object,
    Row, State, Track)

cdef enum:
    TRACKS_PER_ENDPOINT = 4     # on average: microphone, camera, screen, screen audio
    ROWS_PER_ENDPOINT = 32      # on average; a desktop client has 24, a WHEP player 2

# Between 1900 (RFC 5905) and 1970. `start` adds the date at which the engine's clock began: sender reports need none,
# but Firefox tells no playout times of dates before it was started. `step` lives in 1970.
NTP_EPOCH_SECONDS = 2208988800


cdef void* allocate(size_t size) except NULL:
    cdef void* memory = calloc(1, size)
    if memory == NULL:
        raise MemoryError
    return memory


cdef class Indices:
    """Small numbers, each given to one object at a time."""

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


cdef class Holder:
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
        self.pages = Pages()
        self.endpoint_indices = Indices(max_endpoints, "Endpoints")
        self.track_indices = Indices(self.state.max_tracks, "Tracks")
        self.row_indices = Indices(self.state.max_rows, "Rows")
        self.endpoints = {}
        self.tracks = {}
        self.rows = {}
        self.sessions = {}
        self.pointers = {}
        self.owned = set()
        self.dosed = set()

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
            self.release_pages((<Endpoint*>item).arrivals)
            free((<Endpoint*>item).estimator)
            free((<Endpoint*>item).pacer)
        elif item.kind == LAYER:
            layer = <Layer*>item
            self.release_pages(layer.history.octets)
            self.release_pages(layer.history.entries)
        elif item.kind == ROW:
            self.release_pages((<Row*>item).sent)
            free((<Row*>item).fec)
        free(item)

    cdef void release_pages(self, void* block):
        if block != NULL:
            self.pages.give_back(<size_t>block)

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

    cdef int need_room(self) except -1:
        if room_for_commands(&self.ring) == 0:
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

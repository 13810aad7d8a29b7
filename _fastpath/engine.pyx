"""The Python face: `engine.pyi` documents it. Here calls become commands.

`holder.pyx` says who owns the memory, `runner.pyx` how the stages run; this file turns calls into commands.
"""
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from _fastpath import counters as counter_names, srtp as srtp_sessions
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

from _fastpath.commands cimport (
    DO_ADD_ENDPOINT, DO_ADD_LAYER, DO_ADD_ROW, DO_ADD_TRACK, DO_REMOVE_ENDPOINT, DO_REMOVE_ROW, DO_REMOVE_TRACK,
    DO_REQUEST_KEYFRAME, DO_RESTART_ICE, DO_SEND, DO_SET_EXTENSIONS, DO_SET_GATE, DO_SET_KEYS, DO_SET_PAYLOADS,
    DO_SET_PROTECTION, DO_SET_SOURCE, DO_SET_WISH, Command)
from _fastpath.estimator cimport Estimator
from _fastpath.fec_encoder cimport FecEncoder
from _fastpath.history cimport HistoryEntry
from _fastpath.holder cimport allocate
from _fastpath.runner cimport Runner
from _fastpath.srtp cimport session_pointer
from _fastpath.selection cimport spatial_now, temporal_now
from _fastpath.stun cimport stun_key
from _fastpath.table cimport (
    BLOCK, CODECS, COUNTERS, ENDPOINT, HIGHEST, LAYER, MAX_CNAME, MAX_LAYERS, MAX_MID, MAX_PACKET, MAX_UFRAG, NO_LAYER,
    RATE_WINDOWS, ROW, SENT, SPATIAL, TEMPORAL, TRACK, Block, Endpoint, ExtensionTable, Layer, Pacer, PayloadMap, Row,
    SentPacket, Track)
from _fastpath.twcc cimport TwccArrivals
from _fastpath.voice cimport level_now

__all__ = [
    "NO_TRACK", "Address", "Codec", "Datagram", "EndpointStats", "Engine", "Event", "EventKind", "Extension", "Kind",
    "LayerStats", "PayloadType", "Profile", "RowCodec", "RowStats"]

cdef enum:
    LONGEST_ONE_BYTE_ID = 14    # RFC 8285 section 4.2
    LEVEL_HEARD_NS = 1000000000
    AUDIO_HISTORY = 32768       # octets: two seconds of Opus at 100 kbit/s
    AUDIO_SLOTS = 256
    VIDEO_SLOTS = 1024          # packets: three seconds of 2.5 Mbit/s

# Octets of history by Layer: more than one second of 300 kbit/s, 1 Mbit/s, 3 Mbit/s; a NACK comes within three round trips.
VIDEO_HISTORY = (65536, 262144, 524288, 524288)


cdef tuple trimmed(list values):
    """Without the empty ones at the end."""
    cdef int n = len(values)
    while n and not values[n - 1]:
        n -= 1
    return tuple(values[:n])


cdef tuple rates_of(const Layer* layer):
    """Of the whole windows before the one that is being filled."""
    cdef int64_t elapsed = 0
    cdef int64_t[SPATIAL][TEMPORAL] octets
    cdef int w, s, t
    memset(octets, 0, sizeof(octets))
    for w in range(RATE_WINDOWS):
        if w != layer.window_now:
            elapsed += layer.window_ns[w]
            for s in range(SPATIAL):
                for t in range(TEMPORAL):
                    octets[s][t] += layer.window[w][s][t]
    if elapsed == 0:
        return ()
    return trimmed([
        trimmed([octets[s][t] * 8000000000 // elapsed for t in range(TEMPORAL)]) for s in range(SPATIAL)])


cdef class Engine(Runner):
    cdef uint64_t acknowledged

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
            table.kinds |= 1u << int(kind)
            if number > LONGEST_ONE_BYTE_ID:
                table.long_ids |= 1u << int(kind)
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

    def set_wish(self, int endpoint, int64_t bps):
        cdef Command command
        self.check_endpoint(endpoint)
        if bps < 0:
            raise ValueError("a wish is at least 0 bits per second")
        memset(&command, 0, sizeof(Command))
        command.kind = DO_SET_WISH
        command.a = endpoint
        command.value = bps
        self.submit(&command)

    def remove_endpoint(self, int endpoint):
        self.check_endpoint(endpoint)
        self.simple(DO_REMOVE_ENDPOINT, endpoint, 0, False)
        self.dosed.discard(endpoint)
        for what, index in self.endpoints.pop(endpoint):
            if what == "track":
                del self.tracks[index]
            else:
                del self.rows[index]

    def set_protection(self, int endpoint, *, int fec, int red):
        cdef Command command
        self.check_endpoint(endpoint)
        if not 0 <= fec <= 100 or not 0 <= red <= 2:
            raise ValueError("at most one FEC packet for each, at most two earlier frames")
        if fec and endpoint not in self.dosed:
            self.need_room()
            for what, index in self.endpoints[endpoint]:
                if what == "row":
                    self.add_encoder(<Row*><size_t>self.pointers["row", index])
            self.dosed.add(endpoint)
        memset(&command, 0, sizeof(Command))
        command.kind = DO_SET_PROTECTION
        command.a = endpoint
        command.b = fec
        command.c = red
        self.submit(&command)

    cdef int add_encoder(self, Row* row) except -1:
        """Written once, before the engine can see a dose for the Row: most receivers never need these 12 kB."""
        cdef FecEncoder* encoder
        takes_ulpfec = row.red_payload_type != 255 and row.ulpfec_payload_type != 255
        if not row.video or row.fec != NULL or not (row.flexfec_ssrc or takes_ulpfec):
            return 0
        encoder = <FecEncoder*>allocate(sizeof(FecEncoder))
        encoder.whole_frames = row.flexfec_ssrc == 0
        row.fec = encoder
        return 0

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
            owner.arrivals = <TwccArrivals*>self.pages.take(sizeof(TwccArrivals))
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
        item.history.octets = <uint8_t*>self.pages.take(item.history.capacity)
        item.history.entries = <HistoryEntry*>self.pages.take(item.history.slots * sizeof(HistoryEntry))
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
                nack=True, int red=-1, int ulpfec=-1, int flexfec=-1, uint32_t flexfec_ssrc=0):
        cdef Command command
        cdef Row* row
        cdef Endpoint* owner
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
        row.target_spatial = row.target_temporal = HIGHEST
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
        row.red_payload_type = self.payload_or_none(red)
        row.ulpfec_payload_type = self.payload_or_none(ulpfec)
        row.flexfec_payload_type = self.payload_or_none(flexfec)
        row.flexfec_ssrc = flexfec_ssrc if flexfec >= 0 else 0
        if endpoint in self.dosed:
            self.add_encoder(row)
        row.sent_mask = (SENT if row.video else SENT // 4) - 1
        row.sent = <SentPacket*>self.pages.take((row.sent_mask + 1) * sizeof(SentPacket))
        owner = <Endpoint*><size_t>self.pointers["endpoint", endpoint]
        if owner.estimator == NULL:  # written once, before the engine can see the Endpoint's first Row
            owner.pacer = <Pacer*>allocate(sizeof(Pacer))
            owner.estimator = <Estimator*>allocate(sizeof(Estimator))
        memset(&command, 0, sizeof(Command))
        command.kind = DO_ADD_ROW
        command.a = endpoint
        command.pointer = row
        self.pointers["row", index] = <size_t>row
        self.rows[index] = (endpoint, bool(row.video))
        self.endpoints[endpoint].add(("row", index))
        self.submit(&command)
        return index

    def set_source(self, int row, int track, int layer, int64_t from_rtp_timestamp=-1, *, int spatial=HIGHEST,
                   int temporal=HIGHEST):
        cdef Command command
        video = self.check_row(row)[1]
        if track != NO_TRACK and self.check_track(track)[1] != video:
            raise ValueError("an audio Row carries an audio Track, a video Row a video Track")
        if not 0 <= layer < MAX_LAYERS:
            raise ValueError(f"a Track has Layers 0 to {MAX_LAYERS - 1}")
        if not 0 <= spatial <= HIGHEST or not 0 <= temporal <= HIGHEST:
            raise ValueError(f"spatial and temporal layers are 0 to {HIGHEST}")
        memset(&command, 0, sizeof(Command))
        command.kind = DO_SET_SOURCE
        command.spatial = spatial
        command.temporal = temporal
        command.a = row
        command.b = track
        command.c = layer
        command.value = from_rtp_timestamp if from_rtp_timestamp < 0 else from_rtp_timestamp & 0xFFFFFFFF
        self.submit(&command)

    cdef int payload_or_none(self, int number) except -1:
        if number > 127:
            raise ValueError(f"payload type {number} is out of range")
        return number if number >= 0 else 255

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
            item.reported_lost, item.reported_fraction, item.reported_jitter, item.clock_rate, spatial_now(item),
            temporal_now(item), item.fec_packets)

    def layer_stats(self, int track, int layer):
        cdef Layer* item
        known = self.check_track(track)
        if layer not in known[2]:
            return None
        item = <Layer*><size_t>known[2][layer]
        return LayerStats(
            item.ssrc, item.codec, item.packets, item.octets, item.lost, item.recovered, item.nacks, item.keyframes,
            item.keyframe_requests, item.bitrate_bps, item.last_arrival_ns, rates_of(item), bool(item.seen_key_only))

    def endpoint_stats(self, int endpoint):
        cdef Endpoint* item
        self.check_endpoint(endpoint)
        item = <Endpoint*><size_t>self.pointers["endpoint", endpoint]
        return EndpointStats(
            item.selected >= 0 and item.send != NULL, item.received_packets, item.received_octets, item.sent_packets,
            item.sent_octets, item.rtt_ns, item.remb_bps, item.last_received_ns,
            item.estimator.estimate_bps if item.estimator != NULL else 0,
            max(item.estimator.loss if item.estimator != NULL else 0.0, item.audio_loss),
            item.estimator.queue_ns if item.estimator != NULL else 0, item.sent_bps,
            item.estimator.path_loss if item.estimator != NULL and item.estimator.path_loss >= 0 else None)

    def audio_levels(self):
        cdef Track* item
        now = self.now_ns()
        out = []
        for index, (_, video, _) in self.tracks.items():
            if video:
                continue
            item = <Track*><size_t>self.pointers["track", index]
            if item.level_ns and item.open and now - item.level_ns < LEVEL_HEARD_NS:
                out.append((index, level_now(item, now) // 16))
        return out

    def counters(self):
        cdef int i
        return {counter_names.NAMES[i]: self.state.counters[i] for i in range(COUNTERS)}

"""The media server's shell: sockets, the engine thread, and the one Trio loop that feeds the Worker.

It reads the clock once per wake, gives the Worker what has come, and carries out the effects. Everything
that decides is in `sfu/worker.py` and below.
"""

import datetime
import math
import os
import traceback
from typing import Final

import structlog
import trio

from _fastpath.engine import Engine
from sfu.config import MediaConfig
from sfu.effects import Acknowledged, Effect, RoomFailed, TellDemand, TellSlots
from sfu.outbox import Outbox, Telling
from sfu.patience import patient
from sfu.peer import Site
from sfu.sockets import MediaSockets, open_sockets
from sfu.transport.certificate import make_certificate
from sfu.transport.dtls import make_context
from sfu.wire.candidates import candidate_lines
from sfu.worker import Worker
from treble.api import (
    ApiError,
    ClosePeer,
    Done,
    IceRestarted,
    MediaEvents,
    OpenPeer,
    PeerOpened,
    RestartIce,
    SetLayers,
    SetMuted,
    SetView,
)
from treble.units import SECOND

# The engine acknowledges within a batch; longer means that its thread is not running.
ACK_TIMEOUT_S: Final = 2
# Time for the last close_notify to leave before the engine stops.
GOODBYE_S: Final = 0.05

_log = structlog.get_logger("sfu.server")


class MediaShell:
    """Implements `treble.api.MediaServer`; usable from the moment `run` has started."""

    def __init__(self, config: MediaConfig, events: MediaEvents) -> None:
        self.config = config
        self.events = events
        self.engine = Engine()
        self.worker: Worker | None = None
        self.port = config.port
        self._outbox: Outbox | None = None
        self._acks: dict[int, trio.Event] = {}
        self._timer_moved = trio.Event()
        self._due_ns: int | None = None

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Bind, start the engine, serve until cancelled. Raises `MediaSocketError` before it has started."""
        sockets = open_sockets(self.config)
        try:
            self.engine.listen(
                [each.fileno() for each in sockets.udp], [each.fileno() for each in sockets.tcp]
            )
            self.engine.start()
            await self._serve(sockets, task_status)
        finally:
            self.engine.stop()
            sockets.close()

    async def _serve(self, sockets: MediaSockets, task_status: trio.TaskStatus[None]) -> None:
        async with trio.open_nursery() as nursery:
            self.port = sockets.port
            self.worker = Worker(self._site(sockets))
            self._outbox = Outbox(self.events, nursery, self._told)
            nursery.start_soon(self._follow_engine)
            nursery.start_soon(self._follow_time)
            _log.info(
                "media server listens", addresses=sockets.addresses, port=sockets.port, tcp=self.config.tcp
            )
            task_status.started()
            try:
                await trio.sleep_forever()
            finally:
                self.worker.handle_shutdown()
                with trio.CancelScope(shield=True):
                    await trio.sleep(GOODBYE_S)

    def _site(self, sockets: MediaSockets) -> Site:
        certificate = make_certificate(datetime.datetime.now(datetime.UTC))
        addresses = list(dict.fromkeys([*self.config.announce, *sockets.addresses]))
        return Site(
            engine=patient(self.engine),
            context=make_context(certificate),
            fingerprint=certificate.fingerprint,
            candidates=candidate_lines(addresses, sockets.port, with_tcp=self.config.tcp),
            entropy=os.urandom,
        )

    # --- what comes

    async def _follow_engine(self) -> None:
        while True:
            await trio.lowlevel.wait_readable(self.engine.event_fd)
            events = self.engine.poll()
            now_ns = self.engine.now_ns()
            self._running().handle_events(events, now_ns)
            self._settle(now_ns)

    async def _follow_time(self) -> None:
        worker = self._running()
        while True:
            self._timer_moved = trio.Event()
            self._due_ns = worker.next_timer()
            wait_s = (
                math.inf if self._due_ns is None else max(0, self._due_ns - self.engine.now_ns()) / SECOND
            )
            with trio.move_on_after(wait_s) as scope:
                await self._timer_moved.wait()
            if scope.cancelled_caught:
                now_ns = self.engine.now_ns()
                worker.handle_timer(now_ns)
                self._settle(now_ns)

    async def open_peer(self, request: OpenPeer) -> PeerOpened:
        now_ns = self.engine.now_ns()
        try:
            return self._running().handle_open_peer(request, now_ns)
        finally:
            self._settle(now_ns)

    async def close_peer(self, request: ClosePeer) -> Done:
        self._running().handle_close_peer(request)
        self._settle(self.engine.now_ns())
        return Done()

    async def restart_ice(self, request: RestartIce) -> IceRestarted:
        return self._running().handle_restart_ice(request)

    async def set_view(self, request: SetView) -> Done:
        self._running().handle_set_view(request)
        self._settle(self.engine.now_ns())
        return Done()

    async def set_layers(self, request: SetLayers) -> Done:
        now_ns = self.engine.now_ns()
        self._running().handle_set_layers(request, now_ns)
        self._settle(now_ns)
        return Done()

    async def set_muted(self, request: SetMuted) -> Done:
        """Answered when the engine has shut the gate: not one more packet passes."""
        number = self._running().handle_set_muted(request)
        if number is None:
            self._settle(self.engine.now_ns())
            return Done()
        acknowledged = self._acks[number] = trio.Event()
        self._settle(self.engine.now_ns())
        try:
            with trio.fail_after(ACK_TIMEOUT_S):
                await acknowledged.wait()
        except trio.TooSlowError:
            raise ApiError("server.error", "the engine did not answer") from None
        finally:
            del self._acks[number]
        return Done()

    def _running(self) -> Worker:
        if self.worker is None:
            raise ApiError("server.starting", "the media server has not started")
        return self.worker

    # --- what goes

    def _settle(self, now_ns: int) -> None:
        worker = self._running()
        for effect in worker.settle(now_ns):
            self._carry_out(effect)
        due_ns = worker.next_timer()
        if due_ns is not None and (self._due_ns is None or due_ns < self._due_ns):
            self._timer_moved.set()

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Acknowledged(number):
                if (waiting := self._acks.get(number)) is not None:
                    waiting.set()
            case RoomFailed(room, error):
                # Without local variables, which hold keys and offers.
                trace = "".join(traceback.format_exception(error))
                _log.error("room failed and was closed", room=room, trace=trace)
            case _:
                if self._outbox is not None:
                    self._outbox.put(effect)

    def _told(self, telling: Telling, was_told: bool) -> None:
        if isinstance(telling, TellSlots):
            now_ns = self.engine.now_ns()
            self._running().handle_slots_told(telling.event.peer, telling.revision, was_told, now_ns)
            self._settle(now_ns)
        elif isinstance(telling, TellDemand) and not was_told:
            self._running().handle_demand_untold(telling.event.peer, telling.event.source)

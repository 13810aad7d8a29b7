"""200 messages a second in 50 rooms, put straight to a room server: it decodes, checks, stores, tells its gateway."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec
import trio

ROOMS, RATE = 50, 200.0


def child(seconds: float) -> tuple[float, int, int, float]:
    """CPU seconds, messages stored, messages wanted, seconds; measured in a process of its own."""
    command = ["taskset", "-c", "0", sys.executable, "-m", "bench.chat.store", str(seconds)]
    output = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, cwd=Path(__file__).parent.parent.parent
    )
    return msgspec.json.decode(output.stdout.splitlines()[-1], type=tuple[float, int, int, float])


async def measure(data: Path, seconds: float) -> tuple[float, int, int, float]:
    from signaling.chat_messages import Say
    from signaling.messages import encode
    from signaling.room_config import RoomConfig
    from signaling.room_server import RoomShell
    from signaling.settings import RoomDefaults
    from treble.api import (
        CreateRoom,
        Deliver,
        DeliverChat,
        Done,
        EndSession,
        EnterRoom,
        OpenSession,
        SessionRequest,
    )

    class Gateway:
        told = 0

        async def deliver(self, request: Deliver) -> Done:
            return Done()

        async def end_session(self, request: EndSession) -> Done:
            return Done()

        async def deliver_chat(self, request: DeliverChat) -> Done:
            self.told += len(request.items)
            return Done()

    stored = 0
    shell = RoomShell(RoomConfig(data=data, room_defaults=RoomDefaults.OPEN), None, Gateway())
    async with trio.open_nursery() as nursery:
        await nursery.start(shell.run)
        sessions = []
        for _ in range(ROOMS):
            room = await shell.create_room(CreateRoom(name="Host"))
            tokens = [room.token]
            for guest in range(3):
                entry = EnterRoom(room=room.room, password=room.password, name=f"Guest {guest}")
                tokens.append((await shell.enter_room(entry)).token)
            sessions.append(
                [(await shell.open_session(OpenSession(gateway="", token=each))).session for each in tokens]
            )
        order = [session for row in zip(*sessions, strict=True) for session in row]
        await trio.sleep(2)

        async def one(number: int) -> None:
            nonlocal stored
            say = Say(id=number, key=f"key-{number:020}", text="What a message in a chat says, more or less.")
            request = SessionRequest(session=order[number % len(order)], message=encode(say))
            answer = await shell.session_request(request)
            stored += b'"type":"said"' in answer.message

        began, cpu = time.monotonic(), time.process_time()
        count = round(seconds * RATE)
        async with trio.open_nursery() as askers:
            for number in range(count):
                await trio.sleep(max(0.0, began + number / RATE - time.monotonic()))
                askers.start_soon(one, number)
        result = (time.process_time() - cpu, stored, count, time.monotonic() - began)
        nursery.cancel_scope.cancel()
    return result


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        print(msgspec.json.encode(trio.run(measure, Path(folder), float(sys.argv[1]))).decode())

"""The Python client where media servers cannot be reached but through a relay, which is a real coturn."""

import os
import ssl
import sys
from pathlib import Path

import pytest
import trio

from tests.browser.coturn import CREDENTIAL, PORTS, USER, run_coturn
from tests.browser.lossy import lossy_relay
from tests.browser.namespace import ADDRESS
from tests.browser.server import free_port, run_server
from tests.treble.client.house import until
from tests.treble.client.sources import bars, tone
from treble.client import RemoteTrack, Room, create_room, enter_room

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not os.environ.get("TREBLE_CLIENT"), reason="one of `make test-client`"),
]

SECONDS = 60  # of patience on a busy machine


async def receive(track: RemoteTrack, count: int) -> None:
    with trio.fail_after(SECONDS), track.frames() as reader:
        for _ in range(count):
            await anext(reader)


async def test_media_goes_both_ways_through_the_relay_that_the_server_names(tmp_path: Path) -> None:
    relay_port = free_port()
    options = ["--room-defaults", "open", "--ice-servers", f"turn:{ADDRESS}:{relay_port}"]
    options += ["--ice-username", USER, "--ice-credential", CREDENTIAL]
    async with lossy_relay() as wall:
        program = (sys.executable, "-m", "tests.browser.tapped_server", str(wall.port), "0", "any")
        wall.lets_in = PORTS
        path = {"PYTHONPATH": str(Path(__file__).parents[2])}
        with run_coturn(tmp_path, relay_port):
            async with run_server(tmp_path, program, path, options) as server:
                wall.target_port = server.media_port
                context = ssl.create_default_context(cafile=str(server.data / "ca" / "ca.pem"))
                made = await create_room(server.url, "Ada", ssl_context=context)
                entered = await enter_room(server.url, made.room, made.password, "Bea", ssl_context=context)
                with trio.fail_after(2 * SECONDS):
                    async with (
                        Room.connect(server.url, made.token, camera=bars(), ssl_context=context) as ada,
                        Room.connect(
                            server.url, entered.token, microphone=tone(), ssl_context=context
                        ) as bea,
                    ):
                        await until(lambda: ada.find("Bea") and bea.find("Ada"))
                        await receive(bea.remote_participants[ada.local_participant.id].camera, 20)
                        await receive(ada.remote_participants[bea.local_participant.id].microphone, 50)
        assert wall.kept_out > 0, "the direct way was tried first"

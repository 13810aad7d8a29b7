"""The connection test against a real server: what gets through, where UDP is blocked and where it is not."""

import os

import pytest

from tests.browser.chromium import Chromium, OpenChromium
from tests.browser.firefox import Firefox
from tests.browser.server import Server
from tests.browser.window import Window, wait_for

pytestmark = pytest.mark.browser
client_only = pytest.mark.skipif(not os.environ.get("TREBLE_CLIENT"), reason="one of `make test-client`")

STATES = """Object.fromEntries([...document.querySelectorAll(".check-rows li")].map(
  ({ dataset, innerText }) => [dataset.row, [dataset.state, innerText.split("\\n").filter(Boolean)[1]]]))"""


async def check(window: Window, server: Server) -> dict[str, list[str]]:
    """State and words of each row, when the test is over."""
    await window.open(f"{server.url}/check")
    await window.click("#check-start")
    await wait_for(window, "document.querySelector('#check-copy')?.checkVisibility()", 60)
    found: dict[str, list[str]] = await window.evaluate(STATES)
    return found


@client_only
async def test_everything_gets_through(server: Server, chromium: Chromium) -> None:
    rows = await check(chromium, server)
    assert {
        name: state for name, (state, _) in rows.items() if name not in ("relay", "speed")
    } == dict.fromkeys(("camera", "microphone", "socket", "udp", "tcp"), "good")
    assert rows["relay"] == ["none", "Not set up on this server."]
    assert "Mbit/s up" in rows["speed"][1]
    assert not rows["speed"][1].startswith("0 Mbit/s")
    assert " and 0 Mbit/s down" not in rows["speed"][1]


async def test_where_udp_is_blocked_it_says_what_to_have_allowed(
    server: Server, open_chromium: OpenChromium
) -> None:
    walled = await open_chromium("walled", "--webrtc-ip-handling-policy=disable_non_proxied_udp")
    rows = await check(walled, server)
    assert (rows["udp"][0], rows["tcp"][0]) == ("fair", "good")
    assert f"port {server.media_port} allowed" in rows["udp"][1]
    assert "Mbit/s up" in rows["speed"][1]


@client_only
async def test_everything_gets_through_in_firefox(server: Server, firefox: Firefox) -> None:
    rows = await check(firefox, server)
    ways = ("camera", "microphone", "socket", "udp", "tcp")
    assert {name: rows[name][0] for name in ways} == dict.fromkeys(ways, "good")
    assert "Mbit/s up" in rows["speed"][1]

"""The npm package's examples, freshly installed, with a real server: a minimal call, two Rooms in a page, a frame."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote as escape

import httpx
import pytest

from tests.browser.chromium import Chromium, OpenChromium
from tests.browser.server import Server, run_server
from tests.browser.window import quote, wait_for
from tests.fresh import installed
from tests.web.sdk_package import serve_folder

pytestmark = pytest.mark.browser

SECONDS = 60  # of patience on a busy machine
FRAMES = 20
SECRET = "four words & more"
PACKAGE = "./node_modules/treble-client"

# Decoded frames of the picture in somebody's tile.
SEEN = """(() => {{
  const tile = [...document.querySelectorAll("figure")].find((one) => one.textContent === {name});
  return tile?.querySelector("video")?.getVideoPlaybackQuality().totalVideoFrames ?? 0;
}})()"""

# Two people in one page: one sends a canvas, the other shows it. `made` tells colours apart, sent ones and shown ones.
TWO_ROOMS = """(async () => {{
  const {{ Room, enterRoom }} = await import("{package}/dist/index.js");
  const people = await Promise.all(["Cleo", "Dora"].map(async (name) => {{
    const {{ token }} = await enterRoom({server}, {room}, {password}, name);
    return Room.connect({server}, token, {{ adaptiveStream: name === "Dora" }});
  }}));
  const [cleo, dora] = people;
  const canvas = document.createElement("canvas");
  const brush = canvas.getContext("2d");
  setInterval(() => {{
    brush.fillStyle = "rgb(200, 30, 30)";
    brush.fillRect(0, 0, canvas.width, canvas.height);
  }}, 50);
  window.events = [];
  window.video = document.createElement("video");
  document.body.prepend(video); // in sight, else nothing is asked for
  for (const name of ["trackSubscribed", "trackMuted", "trackUnmuted", "trackUnsubscribed"]) {{
    dora.on(name, (...args) => args.at(-1).id === cleo.localParticipant.id && events.push(name));
  }}
  dora.on("trackSubscribed", (track, {{ kind }}, {{ name }}) => name === "Cleo" && kind === "video" && track.attach(video));
  [window.sent] = canvas.captureStream(15).getVideoTracks();
  await cleo.localParticipant.publishTrack(sent, {{ source: "camera" }});
  Object.assign(window, {{ cleo, dora }});
  return cleo.localParticipant.id !== dora.localParticipant.id;
}})()"""

RED = """(() => {
  if (!video.videoWidth) return false;
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
  const brush = canvas.getContext("2d");
  brush.drawImage(video, 0, 0, 1, 1);
  const [red, green] = brush.getImageData(0, 0, 1, 1).data;
  return red > 120 && green < 90;
})()"""

# In the frame.
SHOWS_ADA = """document.querySelector('.tile[data-name="Ada"]')?.dataset.picture === 'on'"""

EMBED = """(() => {{
  const element = document.querySelector("treble-room");
  const meeting = {{ server: {server}, room: {room}, password: {password}, e2ee: {secret} }};
  const wishes = {{ ...meeting, name: "Frieda", prejoin: "off", without: "share chat" }};
  for (const [name, value] of Object.entries(wishes)) element.setAttribute(name, value);
  return true;
}})()"""


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[tuple[Server, str]]:
    """A server, and the origin of a folder with the package and its examples, which the server knows."""
    folder = installed().page
    for example in (folder / "node_modules/treble-client/examples").iterdir():
        (folder / example.name).write_text(example.read_text())
    with serve_folder(folder) as origin:
        options = ("--room-defaults", "open", "--origins", origin, "--embed-origins", origin)
        async with run_server(tmp_path, options=options) as server:
            yield server, origin


async def make_room(server: Server, **settings: bool) -> dict[str, Any]:
    async with httpx.AsyncClient(
        verify=False, timeout=SECONDS
    ) as http:  # the server's own authority, on an address of this test
        answer = await http.post(f"{server.url}/api/rooms", json={"name": "Host", "settings": settings})
        made: dict[str, Any] = answer.json()
        return made


async def enter(window: Chromium, origin: str, server: Server, room: dict[str, Any], name: str) -> None:
    await window.open(f"{origin}/minimal.html")
    await join(window, f"{server.url}/r/{room['room']}#{room['password']}", name)


async def join(window: Chromium, link: str, name: str) -> None:
    await window.fill("[name=link]", link)
    await window.fill("[name=person]", name)
    await window.click("#join button")
    await wait_for(window, "!document.querySelector('#bar').hidden", SECONDS)
    for button in ("#mic", "#camera"):
        await window.click(button)


async def sees(window: Chromium, name: str) -> None:
    await wait_for(window, f"{SEEN.format(name=quote(name))} >= {FRAMES}", SECONDS)


def complaints(window: Chromium) -> list[str]:
    return [line for line in window.log if line.startswith("uncaught")]


async def test_the_examples_of_the_package_run_against_a_server(
    site: tuple[Server, str], open_chromium: OpenChromium
) -> None:
    server, origin = site
    room = await make_room(server)
    ada, bea = await open_chromium("ada"), await open_chromium("bea")
    await enter(ada, origin, server, room, "Ada")
    await enter(bea, origin, server, room, "Bea")
    await sees(ada, "Bea")
    await sees(bea, "Ada")
    assert await bea.evaluate("document.querySelectorAll('figure').length") == 2

    names = {key: json.dumps(value) for key, value in (("server", server.url), *room.items())}
    two = TWO_ROOMS.format(package=PACKAGE, **{key: names[key] for key in ("server", "room", "password")})
    assert await bea.evaluate(two)
    await wait_for(bea, "cleo.remoteParticipants.size === 3", SECONDS)  # Ada, Bea and the other Room's
    await wait_for(bea, RED, SECONDS)
    await bea.evaluate("cleo.localParticipant.unpublishTrack(sent).then(() => true)")
    await wait_for(bea, "events.at(-1) === 'trackMuted' && video.srcObject === null", SECONDS)
    await bea.evaluate("(cleo.disconnect(), dora.disconnect(), true)")
    assert await bea.evaluate("events") == ["trackSubscribed", "trackMuted"]
    await wait_for(ada, "document.querySelectorAll('figure').length === 2", SECONDS)

    await bea.click("#leave")
    await wait_for(ada, "document.querySelectorAll('figure').length === 1", SECONDS)
    assert await bea.evaluate("document.querySelector('#status').textContent") == "left"

    # Another try in the same page, and an encrypted room: in the example and in the frame.
    room = await make_room(server, e2ee=True)
    await ada.click("#leave")
    await wait_for(ada, "!document.querySelector('#join').hidden", SECONDS)
    await join(ada, f"{server.url}/r/{room['room']}#{room['password']}&e2ee={escape(SECRET)}", "Ada")
    await bea.open(f"{origin}/embed.html")
    await bea.evaluate(
        EMBED.format(
            server=names["server"],
            room=json.dumps(room["room"]),
            password=json.dumps(room["password"]),
            secret=json.dumps(SECRET),
        )
    )
    await sees(ada, "Frieda")
    status = "document.querySelector('#status').textContent"
    await wait_for(bea, f"{status} === '2 in the meeting'", SECONDS)
    await wait_for(bea.frame(server.url), SHOWS_ADA, SECONDS)
    # Not by the mouse: on a busy machine Chromium gives a first click beside a frame of another site to the frame.
    await bea.evaluate("document.querySelector('#leave').click()")
    await wait_for(bea, f"{status} === 'Out of the meeting: left'", SECONDS)
    await wait_for(ada, "document.querySelectorAll('figure').length === 1", SECONDS)
    for window in (ada, bea):
        assert complaints(window) == []

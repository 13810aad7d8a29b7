"""The Python client's bot beside a real browser: each sees and hears the other, and the greeting is read."""

import re
import sys
from pathlib import Path

import pytest
import trio

from tests.browser.chromium import OpenChromium
from tests.browser.clip import HEIGHT, WIDTH, make_clip
from tests.browser.person import Person
from tests.browser.processes import Process
from tests.browser.server import Server, run_server
from tests.browser.window import quote
from tests.fresh import installed, outside

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
SECONDS = 60  # of patience on a busy machine
GREETING = "Hello, I play a clip"


async def test_a_bot_is_seen_heard_and_read_and_sees_and_hears(
    server: Server, open_chromium: OpenChromium, tmp_path: Path
) -> None:
    await meet(server, open_chromium, tmp_path, sys.executable, str(ROOT))


async def test_the_bot_of_the_installed_wheel_does_so_too_and_so_does_its_server(
    open_chromium: OpenChromium, tmp_path: Path
) -> None:
    fresh = installed()
    assert await where_is_treble(fresh.python, tmp_path) == fresh.folder / "python"
    async with run_server(tmp_path, (fresh.treble,), {"PYTHONPATH": ""}) as server:
        await meet(server, open_chromium, tmp_path, fresh.python, "")


async def meet(
    server: Server, open_chromium: OpenChromium, folder: Path, python: str, python_path: str
) -> None:
    ada = await Person.start_meeting(await open_chromium("ada"), server.url, "Ada")
    clip = await trio.to_thread.run_sync(make_clip, folder / "clip.mp4", 10)
    options = ["--name", "Bot", "--say", GREETING, "--loop", "--watch"]
    options += ["--ca", str(server.data / "ca" / "ca.pem")]
    bot = Process(
        [python, "-m", "treble.client.bot", await ada.invitation(), str(clip), *options],
        folder / "bot.log",
        env=outside() | ({"PYTHONPATH": python_path} if python_path else {}),
        cwd=str(folder),
    )
    try:
        await bot.wait_for_line("joined ", SECONDS)
        await ada.sees("Bot", frames=30, seconds=SECONDS)
        await ada.sees_size("Bot", WIDTH, HEIGHT, SECONDS)
        heard = (await ada.remote("Bot")).energy
        await ada.hears_more("Bot", heard, SECONDS)
        await ada.window.click("#chat")
        await ada.until(
            f"document.querySelector('.message-text')?.textContent === {quote(GREETING)}", SECONDS
        )
        await saw_and_heard(bot, "Ada", pictures=30, seconds=3.0)
        assert await ada.offers_since_entering() == 0
        await ada.leave()
    finally:
        bot.kill()


async def saw_and_heard(bot: Process, name: str, pictures: int, seconds: float) -> None:
    """Wait until the bot has decoded so much of somebody."""
    with trio.fail_after(SECONDS):
        while True:
            said = re.findall(rf"^{name}: (\d+) pictures, ([\d.]+) s", bot.output, re.MULTILINE)
            if said and int(said[-1][0]) >= pictures and float(said[-1][1]) >= seconds:
                return
            assert bot.running, bot.output
            await trio.sleep(0.2)


async def where_is_treble(python: str, folder: Path) -> Path:
    """The environment whose `treble` this interpreter imports."""
    shown = await trio.run_process(
        [python, "-c", "import treble.client as found; print(found.__file__)"],
        capture_stdout=True,
        cwd=folder,
        env=outside(),
    )
    return Path(shown.stdout.decode()).parents[5]

"""The Python client's bot beside a real browser: each sees and hears the other, and the greeting is read."""

import os
import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest
import trio

from tests.browser.chromium import OpenChromium
from tests.browser.clip import HEIGHT, WIDTH, make_clip
from tests.browser.person import Person
from tests.browser.processes import Process
from tests.browser.server import Server
from tests.browser.window import quote

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
SECONDS = 60  # of patience on a busy machine
GREETING = "Hello, I play a clip"


async def test_a_bot_is_seen_heard_and_read_and_sees_and_hears(
    server: Server, open_chromium: OpenChromium, tmp_path: Path
) -> None:
    await meet(server, open_chromium, tmp_path, sys.executable, str(ROOT))


@pytest.mark.skipif(not os.environ.get("TREBLE_CLIENT"), reason="builds a wheel: minutes (make test-client)")
async def test_the_bot_of_the_built_wheel_does_so_too(
    server: Server, open_chromium: OpenChromium, tmp_path: Path
) -> None:
    python = await trio.to_thread.run_sync(install_wheel, tmp_path)
    await meet(server, open_chromium, tmp_path, python, "")


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
        env=environment(python_path),
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


def environment(python_path: str = "") -> dict[str, str]:
    others = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return {**others, "PYTHONPATH": python_path} if python_path else others


async def saw_and_heard(bot: Process, name: str, pictures: int, seconds: float) -> None:
    """Wait until the bot has decoded so much of somebody."""
    with trio.fail_after(SECONDS):
        while True:
            said = re.findall(rf"^{name}: (\d+) pictures, ([\d.]+) s", bot.output, re.MULTILINE)
            if said and int(said[-1][0]) >= pictures and float(said[-1][1]) >= seconds:
                return
            assert bot.running, bot.output
            await trio.sleep(0.2)


def install_wheel(folder: Path) -> str:
    """Build a wheel of this source and install it, nothing else, into a fresh environment; gives its interpreter.

    What the wheel depends on is lent by the environment of the tests, so that no registry is needed.
    """
    wheels = folder / "wheels"
    build = [sys.executable, "-m", "pip", "wheel", "--no-build-isolation", "--no-deps", "-w", str(wheels)]
    subprocess.run([*build, str(ROOT)], check=True, cwd=folder)
    venv.create(folder / "fresh", with_pip=False)
    (packages,) = (folder / "fresh" / "lib").glob("python*/site-packages")
    install = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--target", str(packages)]
    subprocess.run([*install, str(next(wheels.glob("treble-*.whl")))], check=True, cwd=folder)
    lent = next(Path(each) for each in sys.path if each.endswith("site-packages"))
    (packages / "lent.pth").write_text(f"{lent}\n")
    python = str(folder / "fresh" / "bin" / "python")
    shown = subprocess.run(
        [python, "-c", "import treble.client as found; print(found.__file__)"],
        check=True,
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment(),
    )
    assert shown.stdout.startswith(str(packages)), shown.stdout
    return python

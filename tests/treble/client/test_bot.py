"""The bot as a process of its own, ended by Ctrl-C."""

import signal
import subprocess
import sys

import trio

from tests.browser.clip import make_clip
from tests.treble.client.house import hear, open_house, until


async def test_a_bot_that_is_interrupted_leaves_at_once_and_says_nothing(tmp_path):
    clip = await trio.to_thread.run_sync(make_clip, tmp_path / "clip.mp4", 1)
    async with open_house(tmp_path / "data") as house:
        ada = await house.found("Ada", media=False)
        authority = tmp_path / "data" / "ca" / "ca.pem"
        async with ada.joined() as room:
            link = f"{house.url}/r/{house.room}#{house.password}"
            command = [sys.executable, "-m", "treble.client.bot", link, str(clip), "--loop"]
            with room.listen("chat_message", "participant_disconnected") as heard:
                bot = await trio.lowlevel.open_process(
                    [*command, "--ca", str(authority), "--say", "here"], stderr=subprocess.PIPE
                )
                try:
                    assert (await hear(heard))[0] == "chat_message"
                    await until(lambda: room.remote_participants)
                    bot.send_signal(signal.SIGINT)
                    _, _, reason = await hear(heard, lambda *told: len(told) == 2)
                    assert reason == "left"  # not "lost", half a minute later
                    assert (await bot.wait(), await bot.stderr.receive_some()) == (0, b"")
                finally:
                    bot.kill()

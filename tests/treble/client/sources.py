"""Microphones and cameras for tests."""

import trio

from tests.browser import clip


async def tone():
    """Live, without an end."""
    index, began = 0, trio.current_time()
    while True:
        yield clip.sound(index)
        index += 1
        await trio.sleep_until(began + index / clip.RATE)


async def bars(frames=None):
    index, began = 0, trio.current_time()
    while frames is None or index < frames:
        yield clip.picture(index)
        index += 1
        await trio.sleep_until(began + index / clip.RATE)

"""The log of a Room. (`mock_clock` in each signature makes it the run's clock.)"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from trio.testing import MockClock

from signaling.audit_messages import Audit, AuditPage
from signaling.messages import Failed
from tests.signaling.world import WALL_NS, World, open_world


@pytest.fixture
async def world(tmp_path: Path, mock_clock: MockClock) -> AsyncIterator[World]:
    async with open_world(tmp_path, mock_clock) as world:
        yield world


async def test_hosts_page_through_the_log_and_nobody_else_reads_it(
    world: World, mock_clock: MockClock
) -> None:
    ann, bob = await world.people("Ann", "Bob")
    opened = world.shell._open
    assert opened is not None
    for number in range(250):
        opened.rooms.trail.note(ann.welcome.room, "Ann", "mute", f"Bob {number}", "microphone")
    await opened.pending.put(lambda connection: None).wait()
    seen: list[str] = []
    before, more = None, True
    while more:
        page = await ann.ask(Audit(id=len(seen) + 1, before=before))
        assert isinstance(page, AuditPage)
        assert len(page.entries) <= 100
        seen += [entry.subject for entry in page.entries if entry.action == "mute"]
        before, more = page.entries[-1].at, page.more
    assert seen == [f"Bob {number}" for number in reversed(range(250))]
    assert before is not None
    assert before >= WALL_NS // 10**6
    refusal = await bob.ask(Audit(id=1))
    assert isinstance(refusal, Failed)
    assert refusal.code == "forbidden"

"""What needs a host's approval, from asking to its outcome. (`mock_clock` makes it the run's clock.)"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio
from sqlalchemy import select
from trio.testing import MockClock

from signaling.actions import Action, Verdict
from signaling.approval_messages import Approvals, Ask, Asked, Decide, Decided, Unask
from signaling.audit_messages import Audit, AuditPage
from signaling.host_messages import Permit, Rename, SetPicture, Stop, Verdicts
from signaling.messages import Changed, Done, Failed, Leave, Message, Mute
from signaling.settings import Settings
from signaling.storage.approval_tables import approvals as table
from signaling.storage.approvals import LIFE_NS
from tests.signaling.test_moderation import code_of, gates, machine_of, make
from tests.signaling.world import Client, World, open_world
from treble.api import ApiError, Role, Source
from treble.units import SECOND

MIC, SCREEN = Source.MICROPHONE, Source.SCREEN


@pytest.fixture
async def world(tmp_path: Path, mock_clock: MockClock) -> AsyncIterator[World]:
    async with open_world(tmp_path, mock_clock) as world:
        yield world


async def must_ask(host: Client, guest: Client, *actions: Action) -> None:
    """As by the safe defaults, whose `ask` each of these is."""
    for number, action in enumerate(actions):
        permit = Permit(id=900 + number, participant=guest.id, action=action, verdict=Verdict.ASK)
        assert await host.ask(permit) == Done(re=900 + number)


async def asked(client: Client, message: Message) -> str:
    answer = await client.ask(message)
    assert isinstance(answer, Asked), answer
    return answer.approval


def configure(world: World, client: Client, settings: Settings) -> None:
    """As though the host had set this."""
    opened = world.shell._open
    assert opened is not None
    live = opened.rooms.get(client.welcome.room)
    assert live is not None
    live.feed(live.machine.handle_settings, settings, "")


def seen(client: Client) -> list[tuple[str, Action, str]]:
    """What a host's page shows now."""
    pushes = client.pushes(Approvals)
    return [(each.name, each.action, each.value) for each in pushes[-1].approvals] if pushes else []


async def test_a_rename_is_asked_for_and_allowed(world: World, mock_clock: MockClock) -> None:
    ann, bob, cyd = await world.people("Ann", "Bob", "Cyd")
    await must_ask(ann, bob, Action.RENAME)
    approval = await asked(bob, Rename(id=1, name=" Robert  Q "))
    await world.pass_time(0.3)
    assert seen(ann) == [("Bob", Action.RENAME, "Robert Q")]
    assert cyd.pushes(Approvals) == []
    assert bob.pushes(Approvals) == []
    assert await ann.ask(Decide(id=1, approval=approval, allow=True)) == Done(re=1)
    await world.pass_time(0.3)
    assert cyd.pushes(Changed)[-1].participant.name == "Robert Q"
    assert seen(ann) == []
    assert bob.pushes(Decided) == [Decided(approval=approval, action=Action.RENAME, outcome="allow")]
    again = await bob.ask(Rename(id=2, name="Bobby"))
    assert isinstance(again, Asked), "allowed once"


async def test_a_refused_rename_changes_nothing(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    await must_ask(ann, bob, Action.RENAME)
    approval = await asked(bob, Rename(id=1, name="Robert"))
    await ann.ask(Decide(id=1, approval=approval, allow=False))
    await world.pass_time(0.3)
    assert machine_of(world, ann).member(bob.id).name == "Bob"
    assert [push.outcome for push in bob.pushes(Decided)] == ["deny"]


async def test_who_need_not_ask_is_renamed_at_once_and_a_trick_is_refused(
    world: World, mock_clock: MockClock
) -> None:
    ann, bob = await world.people("Ann", "Bob")
    assert await bob.ask(Rename(id=1, name="Robert")) == Done(re=1)
    assert await bob.ask(Ask(id=2, action=Action.RENAME, value="Rob")) == Done(re=2)
    assert machine_of(world, ann).member(bob.id).name == "Rob"
    for number, name in enumerate(("Ann", "ann", "\u0410nn", " Ann "), 10):  # the third begins in Cyrillic
        assert await code_of(bob, Rename(id=number, name=name)) == "name.taken"
    assert await code_of(bob, Rename(id=20, name="a\u202eb")) == "bad.name"


async def test_a_name_that_was_taken_meanwhile_is_not_given(world: World, mock_clock: MockClock) -> None:
    ann, bob, cyd = await world.people("Ann", "Bob", "Cyd")
    await must_ask(ann, bob, Action.RENAME)
    approval = await asked(bob, Rename(id=1, name="Dora"))
    await cyd.ask(Rename(id=1, name="Dora"))
    assert await code_of(ann, Decide(id=1, approval=approval, allow=True)) == "name.taken"
    assert machine_of(world, ann).member(bob.id).name == "Bob"


async def test_a_forbidden_share_is_asked_for_and_granted_until_it_is_stopped(
    world: World, mock_clock: MockClock
) -> None:
    ann, bob = await world.people("Ann", "Bob")
    configure(world, ann, Settings(wait_for_host=False))
    peer = await bob.connect(SCREEN)
    await bob.ask(Mute(id=1, source=SCREEN, muted=True))
    assert await code_of(bob, Mute(id=2, source=SCREEN, muted=False)) == "ask"
    approval = await asked(bob, Ask(id=3, action=Action.SHARE))
    await ann.ask(Decide(id=1, approval=approval, allow=True))
    assert not gates(world, peer)[SCREEN].muted
    await world.pass_time(0.3)
    assert bob.pushes(Verdicts)[-1].verdicts[Action.SHARE] is Verdict.ALLOW
    await ann.ask(Stop(id=2, source=SCREEN, participants=[bob.id]))
    assert gates(world, peer)[SCREEN].muted
    assert await code_of(bob, Mute(id=4, source=SCREEN, muted=False)) == "ask"
    await world.pass_time(0.3)
    assert bob.pushes(Verdicts)[-1].verdicts[Action.SHARE] is Verdict.ASK


async def test_a_grant_opens_nothing_that_its_owner_has_muted_since(
    world: World, mock_clock: MockClock
) -> None:
    ann, bob = await world.people("Ann", "Bob")
    await must_ask(ann, bob, Action.TALK)
    peer = await bob.connect(MIC)
    approval = await asked(bob, Ask(id=1, action=Action.TALK))
    await bob.ask(Mute(id=2, source=MIC, muted=True))
    await ann.ask(Decide(id=1, approval=approval, allow=True))
    assert MIC not in gates(world, peer) or gates(world, peer)[MIC].muted
    assert await bob.ask(Mute(id=3, source=MIC, muted=False)) == Done(re=3)
    assert not gates(world, peer)[MIC].muted


async def test_a_refusal_leaves_no_wish_behind(world: World, mock_clock: MockClock) -> None:
    """What somebody wished once opens no microphone when it is allowed much later."""
    ann, bob = await world.people("Ann", "Bob")
    await must_ask(ann, bob, Action.TALK)
    peer = await bob.connect(MIC)
    await bob.ask(Mute(id=1, source=MIC, muted=True))
    approval = await asked(bob, Ask(id=2, action=Action.TALK))
    await ann.ask(Decide(id=1, approval=approval, allow=False))
    allow = Permit(id=2, participant=bob.id, action=Action.TALK, verdict=Verdict.ALLOW)
    assert await ann.ask(allow) == Done(re=2)
    assert MIC not in gates(world, peer) or gates(world, peer)[MIC].muted


async def test_only_who_may_answers_and_nobody_oneself(world: World, mock_clock: MockClock) -> None:
    ann, bob, cyd = await world.people("Ann", "Bob", "Cyd")
    make(world, bob, Role.COHOST)
    approval = await asked(bob, Ask(id=1, action=Action.RECORD))
    assert await code_of(cyd, Decide(id=1, approval=approval, allow=True)) == "forbidden"
    assert await code_of(bob, Decide(id=2, approval=approval, allow=True)) == "forbidden"
    assert await ann.ask(Decide(id=1, approval=approval, allow=True)) == Done(re=1)
    member = machine_of(world, ann).member(bob.id)
    assert machine_of(world, ann).verdict(member, Action.RECORD) is Verdict.ALLOW


async def test_the_first_answer_counts(world: World, mock_clock: MockClock) -> None:
    ann, bob, cyd = await world.people("Ann", "Bob", "Cyd")
    await must_ask(ann, cyd, Action.RENAME)
    make(world, bob, Role.COHOST)
    approval = await asked(cyd, Rename(id=1, name="Dora"))
    answers: list[str] = []

    async def decide(client: Client, allow: bool) -> None:
        answers.append(await code_of(client, Decide(id=50, approval=approval, allow=allow)))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(decide, ann, False)
        nursery.start_soon(decide, bob, True)
    assert sorted(answers) == ["Done", "not.found"]
    await world.pass_time(0.3)
    assert len(cyd.pushes(Decided)) == 1


async def test_asking_again_gives_the_same_one(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    await must_ask(ann, bob, Action.SHARE, Action.RENAME)
    first = await asked(bob, Ask(id=1, action=Action.SHARE))
    assert await asked(bob, Ask(id=2, action=Action.SHARE)) == first
    world.wall["ns"] += SECOND
    name = await asked(bob, Rename(id=3, name="Robert"))
    assert await asked(bob, Rename(id=4, name="Dora")) != name, "a host allows the name that it has seen"
    await world.pass_time(0.3)
    assert seen(ann) == [("Bob", Action.SHARE, ""), ("Bob", Action.RENAME, "Dora")]
    assert await code_of(ann, Decide(id=1, approval=name, allow=True)) == "not.found"


async def test_what_is_denied_cannot_be_asked_for(world: World, mock_clock: MockClock) -> None:
    _, bob = await world.people("Ann", "Bob")
    for number, action in enumerate((Action.REMOVE, Action.RECORD, Action.UNMUTE_OTHERS, Action.ENTER)):
        assert await code_of(bob, Ask(id=number, action=action)) == "forbidden"
    assert await code_of(bob, SetPicture(id=9, picture="somebody-elses")) == "forbidden"


async def test_what_is_taken_back_is_gone(world: World, mock_clock: MockClock) -> None:
    ann, bob, cyd = await world.people("Ann", "Bob", "Cyd")
    await must_ask(ann, bob, Action.SHARE)
    approval = await asked(bob, Ask(id=1, action=Action.SHARE))
    assert await code_of(cyd, Unask(id=1, approval=approval)) == "not.found"
    assert await bob.ask(Unask(id=2, approval=approval)) == Done(re=2)
    assert await code_of(ann, Decide(id=1, approval=approval, allow=True)) == "not.found"


async def test_with_no_host_there_it_waits_until_it_expires(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    opened = world.shell._open
    assert opened is not None
    await must_ask(ann, bob, Action.SHARE, Action.RENAME)
    approval = await asked(bob, Ask(id=1, action=Action.SHARE))
    await ann.ask(Leave(id=1))
    await world.pass_time(0.3)
    back = await world.join(ann.token)
    await world.pass_time(0.3)
    assert seen(back) == [("Bob", Action.SHARE, "")]
    world.wall["ns"] += LIFE_NS + SECOND
    await opened.sweep.once()
    await world.pass_time(0.3)
    assert bob.pushes(Decided) == [Decided(approval=approval, action=Action.SHARE, outcome="expired")]
    assert seen(back) == []
    assert await code_of(back, Decide(id=1, approval=approval, allow=True)) == "not.found"


async def test_an_outcome_waits_for_the_asker_to_come_back(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    await must_ask(ann, bob, Action.SHARE)
    approval = await asked(bob, Ask(id=1, action=Action.SHARE))
    await bob.lose_socket()
    await ann.ask(Decide(id=1, approval=approval, allow=True))
    await world.pass_time(1)
    again = await bob.resume()
    await world.pass_time(0.3)
    assert [push.outcome for push in again.pushes(Decided)] == ["allow"]


async def test_another_room_server_knows_what_was_asked_for(tmp_path: Path, mock_clock: MockClock) -> None:
    async with open_world(tmp_path, mock_clock) as world:
        ann, bob = await world.people("Ann", "Bob")
        await must_ask(ann, bob, Action.SHARE, Action.RENAME)
        share = await asked(bob, Ask(id=1, action=Action.SHARE))
        name = await asked(bob, Rename(id=2, name="Robert"))
        await ann.ask(Decide(id=1, approval=name, allow=False))
    async with open_world(tmp_path, mock_clock) as world:
        bob = await world.join(bob.token)
        opened = world.shell._open
        assert opened is not None
        await opened.hosting.approvals.come_alive(opened.rooms.get(bob.welcome.room))
        ann = await world.join(ann.token)
        await world.pass_time(0.6)
        assert seen(ann) == [("Bob", Action.SHARE, "")]
        assert [push.outcome for push in bob.pushes(Decided)] == ["deny"]
        assert await ann.ask(Decide(id=1, approval=share, allow=False)) == Done(re=1)


async def test_without_the_database_nothing_is_granted(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    await must_ask(ann, bob, Action.TALK)
    peer = await bob.connect(MIC)
    approval = await asked(bob, Ask(id=1, action=Action.TALK))
    opened = world.shell._open
    assert opened is not None
    database = opened.pending._database
    write = database.write

    async def fail(work):
        raise ApiError("busy", "disk full")

    database.write = fail
    assert await code_of(ann, Decide(id=1, approval=approval, allow=True)) == "busy"
    assert gates(world, peer) == {}
    database.write = write
    assert await ann.ask(Decide(id=2, approval=approval, allow=True)) == Done(re=2)
    assert not gates(world, peer)[MIC].muted


async def test_outcomes_are_in_the_log_and_names_are_sealed(world: World, mock_clock: MockClock) -> None:
    ann, bob = await world.people("Ann", "Bob")
    await must_ask(ann, bob, Action.RENAME)
    approval = await asked(bob, Rename(id=1, name="Robert Quirke"))
    opened = world.shell._open
    assert opened is not None
    rows = await opened.pending._database.read(lambda connection: connection.execute(select(table)).all())
    assert all(b"Quirke" not in row.value for row in rows)
    await ann.ask(Decide(id=1, approval=approval, allow=True))
    page = await ann.ask(Audit(id=2))
    assert isinstance(page, AuditPage)
    newest = page.entries[0]
    assert (newest.action, newest.actor, newest.subject) == ("rename", "Ann", "Bob")
    assert newest.detail == "allow Robert Quirke"
    assert not isinstance(page, Failed)

"""A random player over the real room server: whoever it is does whatever comes to mind, and the law looks on."""

import random
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import trio
from trio.testing import wait_all_tasks_blocked

from signaling.actions import Action, Verdict
from signaling.approval_messages import Ask, Asked as AskedAnswer, Decide, Unask
from signaling.audit_messages import Audit, AuditPage
from signaling.caption_messages import Captions, SayCaption, SetCaptions, WantCaptions
from signaling.door_messages import Admit, Enter, Knock, Refuse, Waiting
from signaling.host_messages import (
    EMOJI,
    Applied,
    AskUnmute,
    Configure,
    Emote,
    End,
    Hand,
    HandOver,
    Lock,
    LowerHands,
    Permit,
    Remove,
    Rename,
    SetRole,
    Spotlight,
    Stop,
)
from signaling.key_messages import KeyItem, SendKeys
from signaling.messages import Answer, Done, Failed, Leave, Message, Mute, Welcome, decode_server
from signaling.permissions import LOOSEST, PUBLISH, STOP
from signaling.settings import OPEN_POLICY, Settings
from tests.signaling.scenario.disk import Disk
from tests.signaling.scenario.gateway import RawGateway, check_waiting
from tests.signaling.scenario.media import GateMedia
from tests.signaling.scenario.rules import (
    LEADERS,
    ROLES,
    STRICTNESS,
    Asked,
    Known,
    Law,
    above,
    law,
    sources_of,
)
from tests.signaling.world import Client, World
from treble.api import ApiError, CreateRoom, EnterRoom, Role, RoomCreated, Source

TITLE = "Quarterly reckoning"
NAMES = ("Ann", "Bob", "Cyd", "Dov", "Eve", "Fay")
NEW_NAMES = ("Zoe", "Max", "Kim", "Lux", "Bob", "a\u202eb")
FAST_S = 0.1  # a restriction and its answer, whatever the database does
SUCCESS = (Done, Applied, Welcome, Answer, AskedAnswer, AuditPage, Waiting)
ASKABLE = (Action.TALK, Action.SHOW, Action.SHARE, Action.RENAME, Action.RECORD, Action.CHAT, Action.REMOVE)

Effect = Callable[[Any], None]


def nothing(_: object) -> None:
    pass


class Player:
    def __init__(self, world: World, disk: Disk, seed: int) -> None:
        self.world, self.disk = world, disk
        self.random = random.Random(seed)
        self.media: GateMedia = world.media
        self.gateway: RawGateway = world.gateway
        self.address = f"10.{seed >> 16 & 255}.{seed >> 8 & 255}.{seed & 255}"
        self.law = Law({})
        self.clients: dict[str, Client] = {}
        self.tokens: dict[str, str] = {}
        self.waiting_since: dict[str, list[bytes]] = {}  # answers to a socket that has no welcome yet
        self.requests = 100
        self.log: list[str] = []
        self.first = ""
        self.waited = 0.0
        self.stored: Settings | None = (
            None  # what holds again some time after a change that could not be stored
        )
        self.has_lapsed = False

    # --- the play -------------------------------------------------------------------------------------------

    async def play(self, steps: int) -> None:
        await self.open_room()
        for _ in range(steps):
            if self.law.is_over:
                break
            await self.step()
        self.disk.is_stopped = False
        await self.settle()
        self.check()
        await self.close_room()

    async def step(self) -> None:
        moves: list[tuple[int, Callable[[], Awaitable[None]]]] = [
            (6, self.offer), (7, self.mute), (5, self.stop), (5, self.permit), (6, self.ask), (6, self.decide),
            (2, self.unask), (2, self.rename), (3, self.set_role), (2, self.remove), (2, self.lock),
            (2, self.configure), (4, self.admit), (3, self.refuse), (2, self.knock), (5, self.enter),
            (3, self.reconnect), (3, self.come_again), (1, self.leave), (1, self.hand), (1, self.lower_hands),
            (1, self.spotlight), (1, self.ask_unmute), (1, self.audit), (1, self.hand_over), (1, self.end),
            (2, self.send_keys), (3, self.turn_database), (3, self.let_time_pass), (1, self.emote),
            (4, self.set_captions), (2, self.want_captions), (3, self.say_caption),
        ]  # fmt: skip
        await self.random.choices([move for _, move in moves], [weight for weight, _ in moves])[0]()
        await wait_all_tasks_blocked()
        self.check()

    async def open_room(self) -> None:
        is_open = self.random.random() < 0.4
        settings = Settings(wait_for_host=False, policy=OPEN_POLICY) if is_open else Settings()
        settings = msgspec.structs.replace(settings, e2ee=self.random.random() < 0.5)
        self.law.policy = {role: dict(each) for role, each in settings.policy.items()}
        room = await self.world.shell.create_room(
            CreateRoom(name="Ann", address=self.address, title=TITLE, settings=msgspec.json.encode(settings))
        )
        self.room: RoomCreated = room
        self.settings = settings
        await self.arrive("Ann", room.token, Role.HOST)
        self.first = next(iter(self.law.people))
        for name in NAMES[1 : self.random.randint(3, 6)]:
            request = EnterRoom(room=room.room, password=room.password, name=name, address=self.address)
            token = (await self.world.shell.enter_room(request)).token
            await self.arrive(name, token, Role.SPEAKER)
        if self.random.random() < 0.7:
            await self.act(self.first, Admit(id=self.next_id()), True, self.let_in(None))
            for who in list(self.clients):
                await self.enter(who)

    async def close_room(self) -> None:
        for client in self.clients.values():
            await self.run(lambda client=client: client.send(Leave(id=self.next_id())))
        await self.settle()

    # --- coming and going -----------------------------------------------------------------------------------

    async def arrive(self, name: str, token: str, role: Role) -> None:
        client = await self.world.hello(token, address=self.address)
        self.law.people[client.id] = Known(client.id, name, role)
        self.tokens[client.id] = token
        self.take_in(client.id, client)

    def take_in(self, who: str, client: Client) -> None:
        """A new socket: inside if it was welcomed, which must have been lawful."""
        self.clients[who] = client
        self.log.append(f"{self.law.people[who].name} comes: {type(client.welcome).__name__}")
        if isinstance(client.welcome, Welcome):
            if who == self.first and not client.welcome.resumed:
                self.law.change(who, role=Role.HOST)  # the owner's return restores the role
            self.welcomed(who)
        else:
            self.waiting_since[client.socket] = [msgspec.json.encode(client.welcome)]

    def welcomed(self, who: str) -> None:
        known = self.law.people[who]
        is_lawful = known.may_be_inside or known.role in LEADERS or self.law.may(who, Action.ENTER)
        assert is_lawful, f"{known.name} came in without being let in"
        assert not known.is_banned, f"{known.name} is banned and came in"
        is_known = known.may_be_inside or known.role in LEADERS
        assert is_known or not self.law.locked, f"{known.name} came into a locked room"
        known.is_inside = known.may_be_inside = True

    async def come_again(self) -> None:
        """With the token, as a page that was loaded anew; also after having been put out. Often who started captions."""
        who = self.random.choice([*self.law.people, *sorted(self.law.starters) * 3])
        known = self.law.people[who]
        answer = await self.run(lambda: self.world.hello(self.tokens[who], address=self.address))
        if isinstance(answer, ApiError):
            self.log.append(f"{known.name} comes again: {answer.code}")
            return
        if known.is_inside:
            self.law.forget_session(who)
        if not isinstance(answer.welcome, Welcome) and known.is_inside:
            self.left(who)
        self.take_in(who, answer)

    async def reconnect(self) -> None:
        who = self.anybody()
        client = self.clients[who]
        if client.socket in self.gateway.closed:
            return
        was_waiting = client.socket in self.waiting_since
        if self.random.random() < 0.7:
            await self.run(client.lose_socket)
        answer = await self.run(client.resume)
        if isinstance(answer, ApiError):
            return
        if isinstance(answer.welcome, Welcome) and not answer.welcome.resumed:
            self.law.forget_session(who)
        assert not (was_waiting and isinstance(answer.welcome, Welcome) and answer.welcome.resumed)
        self.take_in(who, answer)

    async def enter(self, who: str | None = None) -> None:
        who = who or self.anybody()
        client = self.clients[who]
        is_waiting = client.socket in self.waiting_since
        answer = await self.run(lambda: client.send(Enter(id=self.next_id())))
        if isinstance(answer, ApiError):
            return
        message = client_answer(answer)
        if isinstance(message, Welcome):
            pushed = len(self.gateway.raw[client.socket])
            if is_waiting:
                self.check_stream(client.socket, pushed)
                del self.waiting_since[client.socket]
            client.welcome = message
            self.welcomed(who)
        elif is_waiting:
            self.waiting_since[client.socket].append(answer.message)

    async def leave(self) -> None:
        who = self.anybody()
        known = self.law.people[who]
        if who == self.first or known.role is Role.HOST:
            return
        answer = await self.run(lambda: self.clients[who].send(Leave(id=self.next_id())))
        if not isinstance(answer, ApiError) and isinstance(client_answer(answer), Done):
            self.left(who)

    def left(self, who: str) -> None:
        self.law.leave(who)

    # --- media ----------------------------------------------------------------------------------------------

    async def offer(self) -> None:
        who = self.anybody()
        client, known = self.clients[who], self.law.people[who]
        sources = self.random.sample(list(Source), self.random.randint(1, 3))
        client.mark = self.random.choice(("AA", "BB"))
        is_lawful = known.is_inside and all(
            self.law.verdict(who, PUBLISH[source]) is not Verdict.DENY for source in sources
        )

        async def offer() -> Message:
            return await client.offer(*sources, request=self.next_id())

        def effect(_: object) -> None:
            known.tracks = set(sources)

        await self.judge(who, f"offers {sources}", offer, is_lawful, effect)

    async def mute(self) -> None:
        who, source, muted = self.anybody(), self.random.choice(list(Source)), self.random.random() < 0.4
        known = self.law.people[who]

        def effect(_: object) -> None:
            if muted:
                known.muted.add(source)
                known.wished.discard(source)
            else:
                known.muted.discard(source)
                known.stopped.discard(source)

        message = Mute(id=self.next_id(), source=source, muted=muted)
        await self.act(who, message, muted or self.law.may(who, PUBLISH[source]), effect, restricts=muted)

    async def stop(self) -> None:
        source = self.random.choice(list(Source))
        who = self.actor(STOP[source])
        targets = self.targets(who)
        reached = self.law.subjects(who) if targets is None else targets
        is_lawful = self.law.may(who, STOP[source]) and all(self.law.reaches(who, each) for each in reached)

        def effect(_: object) -> None:
            sources = {source, Source.SCREEN_AUDIO} if source is Source.SCREEN else {source}
            action = PUBLISH[source]
            for each in reached:
                known = self.law.people[each]
                known.stopped |= sources
                known.wished -= sources
                base = law(known.role, action, self.law.policy, {})
                if known.overrides.get(action) is Verdict.ALLOW and base is not Verdict.ALLOW:
                    kept = {key: value for key, value in known.overrides.items() if key is not action}
                    self.law.change(each, overrides=kept)

        message = Stop(id=self.next_id(), source=source, participants=targets)
        await self.act(who, message, is_lawful, effect, restricts=True)

    # --- permissions ----------------------------------------------------------------------------------------

    async def permit(self) -> None:
        who = self.actor(Action.PERMIT)
        target = self.target(who)
        action = self.random.choice([*LOOSEST, Action.TALK, Action.SHARE, Action.MUTE])
        wished = self.random.choice([*STRICTNESS, None])
        known = self.law.people[target]
        is_lawful = self.law.may(who, Action.PERMIT) and self.law.reaches(who, target)
        is_lawful = is_lawful and known.role is not Role.HOST and action in LOOSEST
        if is_lawful and wished is not None:
            bound = LOOSEST[action][ROLES.index(known.role) - 1]
            is_lawful = STRICTNESS.index(wished) >= STRICTNESS.index(bound)
        changed = {key: value for key, value in known.overrides.items() if key is not action}
        if wished is not None:
            changed[action] = wished
        before = self.law.verdict(target, action)
        after = law(known.role, action, self.law.policy, changed)
        restricts = STRICTNESS.index(after) >= STRICTNESS.index(before)
        message = Permit(id=self.next_id(), participant=target, action=action, verdict=wished)
        await self.act(
            who, message, is_lawful, lambda _: self.law.change(target, overrides=changed), restricts=restricts
        )

    async def set_role(self) -> None:
        who, role = self.actor(Action.ROLES), self.random.choice(ROLES)
        target = self.target(who)
        known = self.law.people[target]
        is_lawful = self.law.may(who, Action.ROLES) and self.law.reaches(who, target)
        is_lawful = is_lawful and role is not Role.HOST
        message = SetRole(id=self.next_id(), participant=target, role=role)
        await self.act(
            who,
            message,
            is_lawful,
            lambda _: self.law.change(target, role=role),
            restricts=above(known.role, role),
        )

    async def hand_over(self) -> None:
        who = self.actor(Action.HAND_OVER)
        target = self.target(who)
        is_lawful = self.law.may(who, Action.HAND_OVER) and self.law.reaches(who, target)
        is_lawful = is_lawful and self.settings.hand_over_to_guests

        def effect(_: object) -> None:
            self.law.change(target, role=Role.HOST)
            self.law.change(who, role=Role.COHOST)

        await self.act(who, HandOver(id=self.next_id(), participant=target), is_lawful, effect)

    async def configure(self) -> None:
        who = self.actor(Action.SETTINGS)
        policy: dict[Role, dict[Action, Verdict]] = {}
        for _ in range(self.random.randint(0, 4)):
            role, action = self.random.choice(ROLES[1:]), self.random.choice(list(LOOSEST))
            verdict = self.random.choice(STRICTNESS)
            bound = LOOSEST[action][ROLES.index(role) - 1]
            if self.random.random() < 0.9:
                verdict = max(verdict, bound, key=STRICTNESS.index)
            policy.setdefault(role, {})[action] = verdict
        is_legal = all(
            STRICTNESS.index(verdict) >= STRICTNESS.index(LOOSEST[action][ROLES.index(role) - 1])
            for role, wished in policy.items()
            for action, verdict in wished.items()
        )
        settings = msgspec.structs.replace(
            self.settings,
            policy=policy,
            wait_for_host=self.random.random() < 0.5,
            hand_over_to_guests=self.random.random() < 0.5,
        )

        def effect(_: object) -> None:
            self.settings, self.stored = settings, None
            self.law.set_policy(policy)
            for each in self.law.people.values():
                if (
                    not each.is_banned
                    and law(each.role, Action.ENTER, policy, each.overrides) is Verdict.ALLOW
                ):
                    each.may_be_inside = each.may_be_inside or not self.law.locked

        is_lawful = self.law.may(who, Action.SETTINGS) and is_legal
        message = Configure(id=self.next_id(), settings=settings, title=TITLE)
        answer = await self.act(who, message, is_lawful, effect)
        if answer is not None and not isinstance(answer, SUCCESS):
            self.learn_policy()

    def learn_policy(self) -> None:
        """A change that could not be stored may have left something stricter in force."""
        live = self.world.opened().rooms.get(self.room.room)
        if live is None:
            return
        kept: Settings = live.machine.settings
        for role in ROLES[1:]:
            for action in LOOSEST:
                was = law(role, action, self.law.policy, {})
                now = law(role, action, kept.policy, {})
                assert STRICTNESS.index(now) >= STRICTNESS.index(was), "an unstored change loosened something"
        self.stored = self.stored or self.settings
        self.settings = kept
        self.law.set_policy({role: dict(each) for role, each in kept.policy.items()})

    def let_lapse(self) -> bool:
        """What such a change left in force ends when the Room has been compared with the database; whether just now."""
        live = self.world.opened().rooms.get(self.room.room) if self.stored else None
        if self.stored is None or live is None or live.machine.settings != self.stored:
            return False
        self.settings, self.stored = self.stored, None
        self.law.set_policy({role: dict(each) for role, each in self.settings.policy.items()})
        return True

    async def lock(self) -> None:
        who, locked = self.actor(Action.LOCK), self.random.random() < 0.5

        def effect(_: object) -> None:
            self.law.locked = locked

        message = Lock(id=self.next_id(), locked=locked)
        await self.act(who, message, self.law.may(who, Action.LOCK), effect, restricts=locked)

    # --- asking ---------------------------------------------------------------------------------------------

    async def ask(self) -> None:
        action = self.random.choice(ASKABLE)
        who = self.actor(action, Verdict.ASK)
        value = self.random.choice(NEW_NAMES) if action is Action.RENAME else ""
        await self.ask_for(who, Ask(id=self.next_id(), action=action, value=value), action, value)

    async def rename(self) -> None:
        who, name = self.actor(Action.RENAME, Verdict.ASK), self.random.choice(NEW_NAMES)
        await self.ask_for(who, Rename(id=self.next_id(), name=name), Action.RENAME, name)

    async def ask_for(self, who: str, message: Message, action: Action, value: str) -> None:
        known, verdict = self.law.people[who], self.law.verdict(who, action)

        def effect(answer: object) -> None:
            if isinstance(answer, AskedAnswer):
                assert verdict is Verdict.ASK, "nobody has to be asked"
                self.law.asked = {
                    key: each
                    for key, each in self.law.asked.items()
                    if (each.participant, each.action) != (who, action)
                }
                self.law.asked[answer.approval] = Asked(who, action, value)
                known.wished |= sources_of(action)
            else:
                assert verdict is Verdict.ALLOW, "somebody should have been asked"
                if action is Action.RENAME:
                    known.name = value

        await self.act(who, message, verdict is not Verdict.DENY, effect)

    async def unask(self) -> None:
        approval = self.random.choice([*self.law.asked, "0" * 26])
        asked = self.law.asked.get(approval)
        who = asked.participant if asked and self.random.random() < 0.5 else self.anybody()

        def effect(_: object) -> None:
            del self.law.asked[approval]
            self.law.people[who].wished -= sources_of(asked.action)

        is_lawful = asked is not None and asked.participant == who
        await self.act(who, Unask(id=self.next_id(), approval=approval), is_lawful, effect)

    async def decide(self) -> None:
        who, allow = self.actor(Action.ANSWER), self.random.random() < 0.7
        approval = self.random.choice([*self.law.asked] * 3 + ["0" * 26])
        asked = self.law.asked.get(approval)
        is_lawful = self.law.may(who, Action.ANSWER) and asked is not None and asked.participant != who

        def effect(_: object) -> None:
            del self.law.asked[approval]
            known = self.law.people[asked.participant]
            sources = sources_of(asked.action)
            if allow:
                assert self.law.verdict(known.id, asked.action) is not Verdict.DENY, "granted what is denied"
            if allow and asked.action is Action.RENAME:
                known.name = asked.value
            elif allow:
                self.law.change(known.id, overrides={**known.overrides, asked.action: Verdict.ALLOW})
                known.stopped -= sources
                known.muted -= sources & known.wished
            known.wished -= sources

        await self.act(who, Decide(id=self.next_id(), approval=approval, allow=allow), is_lawful, effect)

    # --- the door -------------------------------------------------------------------------------------------

    async def admit(self) -> None:
        who = self.actor(Action.ADMIT)
        targets = self.at_door()
        message = Admit(id=self.next_id(), participants=targets)
        await self.act(
            who, message, self.law.may(who, Action.ADMIT) and not self.law.locked, self.let_in(targets)
        )

    def let_in(self, targets: list[str] | None) -> Effect:
        def effect(_: object) -> None:
            for who, known in self.law.people.items():
                is_at_door = not known.is_inside and self.clients[who].socket in self.waiting_since
                if is_at_door and not known.is_banned and (targets is None or who in targets):
                    known.may_be_inside = True

        return effect

    async def refuse(self) -> None:
        who = self.actor(Action.ADMIT)
        message = Refuse(id=self.next_id(), participants=self.at_door())
        await self.act(who, message, self.law.may(who, Action.ADMIT), nothing)

    async def knock(self) -> None:
        who = self.anybody()
        client = self.clients[who]
        if client.socket in self.waiting_since:
            answer = await self.run(lambda: client.send(Knock(id=self.next_id())))
            if not isinstance(answer, ApiError):
                self.waiting_since[client.socket].append(answer.message)

    async def remove(self) -> None:
        who, ban = self.actor(Action.REMOVE), self.random.random() < 0.4
        target = self.target(who)
        if target == self.first:
            target = "0" * 26
        is_lawful = self.law.may(who, Action.REMOVE) and self.law.reaches(who, target)
        is_lawful = is_lawful and (not ban or self.law.may(who, Action.BAN))

        def effect(_: object) -> None:
            known = self.law.people[target]
            known.is_banned = known.is_banned or ban
            known.may_be_inside = False
            self.left(target)

        message = Remove(id=self.next_id(), participant=target, ban=ban)
        await self.act(who, message, is_lawful, effect, restricts=True)

    async def end(self) -> None:
        who = self.anybody()
        if self.random.random() < 0.7 and self.law.may(who, Action.END):
            return

        def effect(_: object) -> None:
            self.law.is_over = True
            for each in self.law.people:
                self.left(each)

        await self.act(who, End(id=self.next_id()), self.law.may(who, Action.END), effect, restricts=True)

    # --- the smaller ones -----------------------------------------------------------------------------------

    async def hand(self) -> None:
        who, raised = self.anybody(), self.random.random() < 0.6
        is_lawful = not raised or self.law.may(who, Action.HAND)

        def effect(_: object) -> None:
            self.law.people[who].hand = raised

        await self.act(who, Hand(id=self.next_id(), raised=raised), is_lawful, effect)

    async def emote(self) -> None:
        who, emoji = self.anybody(), self.random.choice(["👍", "🎉", "😀", "ab"])
        is_lawful = emoji in EMOJI and self.law.may(who, Action.REACT)
        await self.act(who, Emote(id=self.next_id(), emoji=emoji), is_lawful, nothing)

    async def lower_hands(self) -> None:
        who = self.actor(Action.LOWER_HANDS)
        targets = self.targets(who)
        reached = self.law.subjects(who) if targets is None else targets
        is_lawful = self.law.may(who, Action.LOWER_HANDS) and all(
            self.law.reaches(who, each) for each in reached
        )

        def effect(_: object) -> None:
            for each in reached:
                self.law.people[each].hand = False

        await self.act(who, LowerHands(id=self.next_id(), participants=targets), is_lawful, effect)

    async def spotlight(self) -> None:
        who, target = self.actor(Action.SPOTLIGHT), self.random.choice([self.anybody(), None, "0" * 26])
        is_there = target is None or (target in self.law.people and self.law.people[target].is_inside)

        def effect(_: object) -> None:
            self.law.spotlight = target

        is_lawful = self.law.may(who, Action.SPOTLIGHT) and is_there
        await self.act(who, Spotlight(id=self.next_id(), participant=target), is_lawful, effect)

    async def ask_unmute(self) -> None:
        who = self.actor(Action.ASK_UNMUTE)
        target = self.target(who)
        source = self.random.choice((Source.MICROPHONE, Source.CAMERA))
        is_lawful = self.law.may(who, Action.ASK_UNMUTE) and self.law.reaches(who, target)
        is_lawful = is_lawful and self.law.verdict(target, PUBLISH[source]) is not Verdict.DENY
        await self.act(
            who, AskUnmute(id=self.next_id(), participant=target, source=source), is_lawful, nothing
        )

    async def send_keys(self) -> None:
        """To somebody, inside or not, or to all: `check` looks that nobody at the door is told."""
        who = self.anybody()
        items = [KeyItem(to=self.random.choice([None, self.anybody()]), body="opaque")]
        await self.act(who, SendKeys(id=self.next_id(), items=items), self.settings.e2ee, nothing)

    async def set_captions(self) -> None:
        who, language = self.actor(Action.CAPTION), self.random.choice(("en", "es", "zh-Hans", None))

        def effect(_: object) -> None:
            self.law.turn_captions(who, language)

        message = SetCaptions(id=self.next_id(), language=language)
        await self.act(who, message, self.law.may(who, Action.CAPTION), effect)

    async def want_captions(self) -> None:
        who, wanted = self.anybody(), self.random.random() < 0.7

        def effect(_: object) -> None:
            self.law.people[who].wants_captions |= wanted

        await self.act(who, WantCaptions(id=self.next_id(), wanted=wanted), True, effect)

    async def say_caption(self) -> None:
        """Of anybody who is there; `check` looks that only those are told who want it."""
        who, speaker = self.actor(Action.CAPTION), self.random.choice([self.anybody(), "0" * 26])
        is_there = speaker in self.law.people and self.law.people[speaker].is_inside
        is_lawful = self.law.may(who, Action.CAPTION) and self.law.captions is not None and is_there
        message = SayCaption(id=self.next_id(), participant=speaker, key="1", text="Hello", final=False)
        await self.act(who, message, is_lawful, nothing)

    async def audit(self) -> None:
        who = self.anybody()
        await self.act(who, Audit(id=self.next_id()), self.law.may(who, Action.AUDIT), nothing)

    # --- the world ------------------------------------------------------------------------------------------

    async def turn_database(self) -> None:
        self.disk.is_stopped = not self.disk.is_stopped
        self.log.append("the database stops" if self.disk.is_stopped else "the database is back")
        if not self.disk.is_stopped:
            await self.settle()

    async def let_time_pass(self) -> None:
        await self.world.pass_time(self.random.choice((0.1, 0.3, 1.0)))

    async def settle(self) -> None:
        """All that waits for the database is stored."""
        for _ in range(200):
            await wait_all_tasks_blocked()
            if not len(self.world.opened().pending):
                break
            self.world.clock.jump(0.25)
        assert not len(self.world.opened().pending), "writes wait for ever"
        await self.world.pass_time(0.3)

    # --- judging --------------------------------------------------------------------------------------------

    async def act(
        self, who: str, message: Message, is_lawful: bool, effect: Effect, *, restricts: bool = False
    ) -> Message | None:
        """One request; of somebody who is not inside nothing is lawful."""
        client = self.clients[who]
        what = f"{type(message).__name__} {message}"
        is_lawful = is_lawful and self.law.people[who].is_inside
        return await self.judge(
            who, what, lambda: client.ask(message), is_lawful, effect, restricts=restricts
        )

    async def judge(
        self,
        who: str,
        what: str,
        call: Callable[[], Awaitable[Message]],
        is_lawful: bool,
        effect: Effect,
        *,
        restricts: bool = False,
    ) -> Message | None:
        client, known = self.clients[who], self.law.people[who]
        self.log.append(f"{known.name} ({known.role}, {'lawful' if is_lawful else 'unlawful'}): {what}")
        socket, is_first = client.socket, restricts and is_lawful and self.is_connected(who)
        if is_first:
            effect(None)
        answer = await self.run(call, self.check if is_first else None)
        code = answer.code if isinstance(answer, ApiError | Failed) else type(answer).__name__
        self.log.append(f"  -> {code}")
        if socket in self.waiting_since and not isinstance(answer, ApiError):
            self.waiting_since[socket].append(msgspec.json.encode(answer))
        is_done = isinstance(answer, SUCCESS)
        is_allowed = is_lawful or self.has_lapsed
        assert is_allowed or not is_done, f"{known.name} did what the table forbids: {what} -> {code}"
        if is_first:
            assert is_done, f"a lawful restriction failed: {what} -> {code}"
            assert self.waited <= FAST_S, f"a restriction took {self.waited} s"
        elif is_done:
            effect(answer)
        return answer if isinstance(answer, Message) else None

    def is_connected(self, who: str) -> bool:
        return self.world.opened().rooms.lines.of_socket(self.clients[who].socket) is not None

    async def run(self, call: Callable[[], Awaitable[Any]], at_once: Callable[[], None] | None = None) -> Any:
        """The answer; the clock is turned while it waits. `at_once` looks before any time has passed."""
        answers: list[Any] = []
        self.waited = 0.0

        async def ask() -> None:
            try:
                answers.append(await call())
            except ApiError as error:
                answers.append(error)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask)
            await wait_all_tasks_blocked()
            if at_once is not None:
                at_once()
            while not answers:
                self.world.clock.jump(0.05)
                self.waited += 0.05
                assert self.waited < 30, "no answer"
                await wait_all_tasks_blocked()
        self.has_lapsed = self.let_lapse()
        return answers[0]

    def check(self) -> None:
        """What reaches others, what the Room holds, and what those at the door were sent, by the law."""
        self.let_lapse()
        for who, known in self.law.people.items():
            for source in self.media.flowing(who):
                assert self.law.may_flow(who, source), f"{known.name}'s {source} reaches others unlawfully"
        live = self.world.opened().rooms.get(self.room.room)
        inside = {} if live is None or live.is_over else {member.id: member for member in live.machine}
        for who, member in inside.items():
            known = self.law.people[who]
            assert known.is_inside, f"{known.name} is inside unlawfully"
            assert member.role is known.role, f"{known.name} is {member.role}, by law {known.role}"
            assert dict(member.overrides) == known.overrides, f"{known.name} has {member.overrides}"
            assert member.name == known.name
            assert (member.hand_at is not None) is known.hand
        self.law.let_captions_lapse(inside, self.settings.e2ee)
        if inside:
            assert live.machine.locked is self.law.locked
            assert live.machine.spotlight == self.law.spotlight
            assert live.machine.captions.language == self.law.captions
            assert ("captions" in live.machine.plain) is (self.law.captions is not None)
        for who, known in self.law.people.items():
            if not known.wants_captions:
                assert not self.clients[who].pushes(Captions), f"{known.name} does not want captions"
        for socket in self.waiting_since:
            self.check_stream(socket, len(self.gateway.raw[socket]))

    def check_stream(self, socket: str, pushed: int) -> None:
        inside = [known.name for known in self.law.people.values() if known.is_inside]
        others = list(self.law.people)
        secrets = [TITLE, *(f'"{name}"' for name in inside), *others]
        check_waiting([*self.waiting_since[socket], *self.gateway.raw[socket][:pushed]], secrets)

    # --- choosing -------------------------------------------------------------------------------------------

    def anybody(self) -> str:
        return self.random.choice(list(self.law.people))

    def actor(self, action: Action, verdict: Verdict = Verdict.ALLOW) -> str:
        """Mostly somebody who may, so that something happens."""
        able = [each.id for each in self.law.people.values() if each.is_inside]
        able = [who for who in able if self.law.verdict(who, action) is verdict]
        return self.random.choice(able) if able and self.random.random() < 0.75 else self.anybody()

    def target(self, actor: str) -> str:
        below = self.law.subjects(actor)
        return self.random.choice(below) if below and self.random.random() < 0.7 else self.anybody()

    def targets(self, actor: str) -> list[str] | None:
        if self.random.random() < 0.3:
            return None
        below = self.law.subjects(actor)
        if below and self.random.random() < 0.6:
            return self.random.sample(below, self.random.randint(1, len(below)))
        known = [*self.law.people, "0" * 26]
        return self.random.sample(known, self.random.randint(1, 2))

    def at_door(self) -> list[str] | None:
        outside = [each.id for each in self.law.people.values() if not each.is_inside] or [self.anybody()]
        return None if self.random.random() < 0.4 else self.random.sample(outside, 1)

    def next_id(self) -> int:
        self.requests += 1
        return self.requests


def client_answer(answer: Any) -> Message:
    return decode_server(answer.message)

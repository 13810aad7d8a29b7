"""Every state that has words of its own, row by row of `rows.py`."""

import json
from typing import Any

from tests.client.rows import pattern_of
from tests.client.scripts import (
    CAMERA_TO_UNPLUG,
    FAILS_LATER,
    INSECURE,
    NO_OFFER_IS_ANSWERED,
    OFFLINE,
    SCREEN_TO_SHARE,
    SOUND_IS_BLOCKED,
    TOASTS_STAY,
    TONE,
    fails,
    quick,
    still,
)
from tests.client.steps import (
    JOIN,
    PICTURES,
    Click,
    Fill,
    Run,
    State,
    Step,
    Until,
    enter,
    screen,
    seen,
)

FIRST = "[...fake.people.keys()][0]"
GUEST = {"people": 3, "role": "speaker"}
ASKED: tuple[Step, ...] = (
    Click("#share"),
    Click("#ask"),
    Until("fake.sent.some(({ type }) => type === 'ask')"),
)


def says(words: str) -> Until:
    return Until(f"new RegExp({json.dumps(pattern_of(words))}).test(document.body.innerText)")


def refused(code: str, **more: Any) -> State:
    return State(code, enter(), (code,), options={"failEnter": {"code": code, **more}})


def pushed(name: str, message: dict[str, Any], rows: tuple[str, ...], **options: Any) -> State:
    """What one message of the server makes of a call."""
    steps = (*JOIN, Run(f"fake.push({json.dumps(message)})"))
    return State(name, steps, rows, options={**GUEST, **options}, before=(TOASTS_STAY,))


def decided(outcome: str, row: str) -> State:
    steps = (
        *JOIN,
        *ASKED,
        says("Asked the host."),
        Run(f"fake.meeting.decide('share', '{outcome}')"),
    )
    return State(row, steps, (row,), options=GUEST, before=(TOASTS_STAY,))


def blocked(name: str, row: str, error: str, *kinds: str) -> State:
    return State(name, (), (row,), before=(fails(error, *kinds),))


def reason(name: str, *, stats: bool = False, **options: Any) -> State:
    """Why a tile's picture is no better: on the tile, or where the user asks for figures."""
    shown: tuple[Step, ...] = (Click("#more"), Click("#statistics")) if stats else ()
    tiles = {"people": 3, "reasons": [name.removeprefix("reason."), "viewport"], **options}
    return State(name, (*JOIN, *shown), (name,), options=tiles)


def network(level: str) -> State:
    told = f"fake.push({{ type: 'networks', networks: [{{ participant: fake.YOU, level: '{level}' }}] }})"
    steps = (*JOIN, PICTURES, Run(told), seen(f"#network[data-level={level}]"))
    return State(f"net.{level}", steps, (f"net.{level}",), options=GUEST, before=(quick(4_000),))


CONNECTION = [
    State("joining", enter(), ("joining",), before=(NO_OFFER_IS_ANSWERED,)),
    State("joining-slow", enter(), ("joining.slow",), before=(NO_OFFER_IS_ANSWERED, quick(10_000))),
    State(
        "reconnecting",
        (*JOIN, Run("fake.options.delay = 1e8, fake.dropSockets()")),
        ("reconnecting",),
        options=GUEST,
    ),
    State(
        "back",
        (
            *JOIN,
            Run("fake.options.unreachable = true, fake.dropSockets()"),
            seen("#retry-now"),
            Run("fake.options.unreachable = false"),
            Click("#retry-now"),
        ),
        ("back",),
        options=GUEST,
        before=(still(3_000),),
    ),
    State(
        "gone-in-call",
        (*JOIN, Run("fake.options.unreachable = true, fake.dropSockets()")),
        ("gone",),
        options=GUEST,
    ),
    State("gone-before-the-call", enter(), ("gone",), options={"unreachable": True}),
    State(
        "offline",
        (*JOIN, Run("fake.options.unreachable = true, goOffline(), fake.dropSockets()")),
        ("offline",),
        options=GUEST,
        before=(OFFLINE,),
    ),
]
ENTRY = [
    refused("auth.wrong"),
    refused("auth.slow", retry_after=12),
    refused("full"),
    State("locked", enter(), ("locked",), options={"refuseHello": "locked"}),
    State(
        "login.wrong",
        (Fill("#email", "ada@example.org"), Fill("#password", "wrong"), Click("#sign-in-submit")),
        ("login.wrong",),
        path="/account/sign-in",
    ),
    State(
        "session.ended",
        (
            screen("profile"),
            Run(
                "fake.options.failAccount = { 'POST /api/session/refresh': 'session.ended', "
                "'PATCH /api/account': 'auth.missing' }"
            ),
            Fill("#account-name", "Ada B."),
            Click("#rename-submit"),
        ),
        ("session.ended",),
        path="/account/profile",
        options={"account": {}},
    ),
]
DOOR = [
    State("wait.host", enter(), ("wait.host",), options={"waiting": "host"}),
    State("wait.knock", enter(), ("wait.knock",), options={"waiting": "knock"}),
    State(
        "wait.refused",
        (*enter(), screen("waiting"), Run("fake.meeting.refuse(3600)")),
        ("wait.refused",),
        options={"waiting": "knock"},
    ),
    State(
        "wait.expired",
        (*enter(), screen("waiting"), Run("fake.meeting.expire()")),
        ("wait.expired",),
        options={"waiting": "knock"},
    ),
]
ENDS = [
    pushed("removed", {"type": "ended", "reason": "removed"}, ("removed",)),
    pushed("ended", {"type": "ended", "reason": "ended"}, ("ended",)),
    pushed("elsewhere", {"type": "elsewhere"}, ("elsewhere",)),
]
DEVICES = [
    blocked("perm.mic", "perm.mic", "NotAllowedError", "audio"),
    blocked("perm.cam", "perm.cam", "NotAllowedError", "video"),
    blocked("dev.none.mic", "dev.none", "NotFoundError", "audio"),
    blocked("dev.none.cam", "dev.none.cam", "NotFoundError", "video"),
    blocked("dev.busy", "dev.busy", "NotReadableError", "video"),
    State(
        "dev.busy-in-call",
        (
            *JOIN,
            Click("#camera"),
            seen("#camera[data-on=false]"),
            Run("fail('NotReadableError', ['video'])"),
            Click("#camera"),
        ),
        ("dev.busy",),
        options=GUEST,
        before=(FAILS_LATER,),
    ),
    State(
        "dev.lost",
        (*JOIN, Run("unplug()")),
        ("dev.lost",),
        options=GUEST,
        before=(TOASTS_STAY, CAMERA_TO_UNPLUG),
    ),
    State("insecure", (), ("insecure",), before=(INSECURE,)),
    State("autoplay", (*enter(), screen("call")), ("autoplay",), options=GUEST, before=(SOUND_IS_BLOCKED,)),
    State(
        "mic.silent",
        (*JOIN, Run("loud(0)")),
        ("mic.silent",),
        options=GUEST,
        before=(TOASTS_STAY, TONE),
        only="chromium",
    ),
    State(
        "mic.mutedTalk",
        (*JOIN, Click("#mic"), seen("#mic[data-on=false]"), Run("loud(0.5)")),
        ("mic.mutedTalk",),
        options=GUEST,
        before=(TOASTS_STAY, TONE),
        only="chromium",
    ),
]
HOST = [
    pushed("host.muted", {"type": "stopped", "source": "microphone", "by": "Ada"}, ("host.muted",)),
    pushed(
        "host.muted-ask",
        {"type": "stopped", "source": "microphone", "by": "Ada"},
        ("host.muted.ask",),
        verdicts={"talk": "ask"},
    ),
    State(
        "host.askUnmute",
        (
            *JOIN,
            Click("#mic"),
            seen("#mic[data-on=false]"),
            Run("fake.push({ type: 'askedunmute', by: 'Ada' })"),
        ),
        ("host.askUnmute",),
        options=GUEST,
    ),
    pushed("host.camOff", {"type": "stopped", "source": "camera", "by": "Ada"}, ("host.camOff",)),
    State("ask.sent", (*JOIN, *ASKED), ("ask.sent",), options=GUEST, before=(TOASTS_STAY,)),
    decided("allow", "ask.yes"),
    decided("deny", "ask.no"),
    decided("expired", "ask.expired"),
    State(
        "ask.rename",
        (
            *JOIN,
            Run(
                "fake.meeting.approvals([{ approval: 'a', participant: 'p', name: 'Grace Hopper', since: 1, "
                "expires_at: 2, action: 'rename', value: 'Amazing Grace' }])"
            ),
        ),
        ("ask.rename",),
        options={"people": 3},
    ),
    State(
        "share.denied", (*JOIN, Click("#share")), ("share.denied",), options=GUEST, before=(SCREEN_TO_SHARE,)
    ),
    State(
        "share.ended",
        (
            *JOIN,
            Run(
                f"window.sharing = (muted) => {{ const one = fake.people.get({FIRST}); fake.change({FIRST}, {{ tracks: "
                "one.tracks.map((t) => t.source === 'screen' ? { ...t, muted } : t) }); }"
            ),
            Run("sharing(false)"),
            seen(".tile[data-source=screen]"),
            Run("sharing(true)"),
        ),
        ("share.ended",),
        options=GUEST,
        before=(TOASTS_STAY,),
    ),
]
PICTURE = [
    reason("reason.bandwidth"),
    reason("reason.publisher"),
    reason("reason.paused-by-host"),
    reason("reason.codec"),
    reason("reason.viewport", stats=True),
    reason("reason.hidden", stats=True),
    State(
        "reason.cap",
        (*JOIN, Click("#more"), Click("#statistics")),
        ("reason.cap",),
        options={"people": 3, "reasons": ["cap", "cap"]},
        before=("localStorage.setItem('treble.prefs', JSON.stringify({ receiveCap: 180 }));",),
    ),
    *(network(level) for level in ("excellent", "good", "fair", "poor")),
]
PANELS = [
    State(
        "chat.failed",
        (*JOIN, Click("#chat"), Fill("#chat-text", "Can you hear me?"), Click("#chat-send")),
        ("chat.failed",),
        options={**GUEST, "failSay": "busy"},
    ),
    State("chat.empty", (*JOIN, Click("#chat")), ("chat.empty",), options=GUEST),
    State("people.alone", JOIN, ("people.alone",), options={"people": 1}),
]
CAPTIONS = [
    State(
        "captions.started",
        (*JOIN, Run("fake.meeting.setState({ captions: 'es', plain: ['captions'] })")),
        ("captions.started",),
        options=GUEST,
        before=(TOASTS_STAY,),
    ),
    State(
        "captions.none",
        (*JOIN, Click("#captions-badge"), seen("#captions")),
        ("captions.none",),
        options={**GUEST, "state": {"captions": "en"}},
    ),
    State(
        "captions.stopped",
        (*JOIN, seen("#captions-badge"), Run("fake.meeting.setState({ captions: null })")),
        ("captions.stopped",),
        options={**GUEST, "state": {"captions": "en"}},
        before=(TOASTS_STAY,),
    ),
]
STATES = [*CONNECTION, *ENTRY, *DOOR, *ENDS, *DEVICES, *HOST, *PICTURE, *PANELS, *CAPTIONS]

"""Every screen, panel, menu and dialog, and the call with one to twenty-five people."""

from tests.client.scripts import SCREEN_TO_SHARE, fails
from tests.client.steps import (
    CONNECTED,
    JOIN,
    LINK,
    LONG_NAME,
    PICTURES,
    Click,
    Fill,
    Run,
    State,
    Step,
    Until,
    enter,
    enter_blind,
    screen,
    seen,
)

ADA = {"sender": "p-0001-Ada", "name": "Ada Lovelace"}
YOU = {"sender": "you-0001", "name": "You Yourself"}
CHAT = [
    {**ADA, "text": "Good morning, can everybody see the plan? https://example.org/plan"},
    {**ADA, "text": "It is the second page."},
    {**YOU, "text": "Yes, thank you.", "reply": 1},
    {"sender": "p-0002-Gra", "name": "Grace Hopper", "text": "Averyveryverylongwordwithoutanyspace" * 4},
]
WAITERS = (
    "fake.meeting.wait([1, 2, 3].map((n) => ({ participant: `w${n}`, name: n === 1 ? 'Kay McNulty' : `Waiter ${n}`, "
    "guest: n > 1, email: n === 1 ? 'kay@example.org' : undefined, since: Date.now() - n * 60_000 })))"
)
RECENT = (
    "localStorage.setItem('treble.recent', JSON.stringify([{ room: 'blue-otter', password: 'kd83', title: 'Monday', "
    "at: Date.now() - 3600_000 }]));"
)
PERSON = '.person:not([data-participant="you-0001"]) .person-more'
LONG_NAMES = [f"{number} {LONG_NAME}"[:60] for number in range(4)]


def call(people: int, *steps: Step, name: str = "", only: str = "", **options: object) -> State:
    more = {"people": people, "size": [160, 90] if people > 9 else [320, 180], **options}
    return State(name or f"call-{people}", (*JOIN, PICTURES, *steps), options=more, only=only)


def account(name: str, path: str, *steps: Step, **options: object) -> State:
    return State(name, (screen(name.split(".")[0]), *steps), path=path, options=options)


CALLS = [call(people) for people in (1, 2, 5, 9, 25)]

OUTSIDE = [
    State("home", (screen("home"),), path="/", before=(RECENT,)),
    State("home-settings", (Click("#go-settings"), seen("#pref-theme")), path="/"),
    account("sign-in", "/account/sign-in", providers=["google", "facebook"]),
    account("sign-up", "/account/sign-up"),
    account("reset", "/account/reset"),
    account("reset.new", "/account/reset#good-code"),
    account("verify", "/account/verify#good-code"),
    account(
        "profile",
        "/account/profile",
        seen("#logins li"),
        account={"providers": ["google"]},
        providers=["google"],
    ),
    State("check", (screen("check"),), path="/check"),
    State("prejoin", (seen("#preview-cam:not(.is-off)"),)),
    State(
        "prejoin-password",
        (seen("#preview-cam:not(.is-off)"),),
        path="/r/blue-otter?debug&capture=320x180@10",
    ),
    State(
        "prejoin-new",
        (seen("#preview-cam:not(.is-off)"), Click("#meeting-options summary")),
        path="/?debug#new",
    ),
    State("waiting", (*enter(), screen("waiting")), options={"waiting": "knock"}),
    State("left", (*JOIN, Click("#leave"), screen("left")), options={"people": 2, "role": "speaker"}),
]
IN_CALL = [
    call(5, Click("#people"), seen("#people-panel"), Run(WAITERS), name="people"),
    call(3, Click("#chat"), seen(".message"), name="chat", chat=CHAT),
    call(3, Click("#more"), Click("#devices"), seen("#pref-theme"), name="settings"),
    call(3, Click("#more"), seen(".menu"), name="more"),
    call(3, Click("#people"), Click(PERSON), seen(".menu"), name="person-menu"),
    call(3, Click("#leave"), seen("dialog"), name="leave-dialog"),
    call(3, Click("#more"), Click("#quality"), seen("dialog"), name="quality-dialog"),
    call(3, Click("#more"), Click("#meeting-settings-open"), seen("dialog"), name="meeting-settings"),
    call(
        3,
        Click("#more"),
        Click("#audit"),
        seen("dialog"),
        name="audit",
        audit=[{"at": 1_800_000_000_000, "action": "lock", "actor": "Ada", "detail": "on"}],
    ),
    call(3, Click("#more"), Click("#rename"), seen("dialog"), name="rename"),
    call(3, Click("#people"), Click(PERSON), Click("#person-permit"), seen("dialog"), name="permit"),
    call(3, Click("#people"), Click(PERSON), Click("#person-remove"), seen("dialog"), name="remove"),
    call(3, Run(WAITERS), seen("#door"), name="door"),
    call(
        3,
        Run("fake.meeting.setState({ locked: true, title: 'Monday' })"),
        seen("#lock-badge"),
        name="locked-room",
    ),
    call(
        4, Run("[...fake.people.keys()].forEach((id, at) => fake.change(id, { hand: at + 1 }))"), name="hands"
    ),
    call(3, Click("#more"), Click("#statistics"), seen(".tile-stats"), name="statistics"),
    call(
        5,
        Run(
            "(() => { const [id, one] = [...fake.people][0]; fake.change(id, { tracks: one.tracks.map((t) => "
            "t.source === 'screen' ? { ...t, muted: false } : t) }); })()"
        ),
        seen(".tile[data-source=screen][data-picture=on]"),
        name="screen-of-another",
    ),
    State(
        "sharing",
        (*JOIN, Click("#share"), seen("#sharing")),
        options={"people": 3},
        before=(SCREEN_TO_SHARE,),
        only="wide",
    ),
    call(
        3,
        Run("document.dispatchEvent(new KeyboardEvent('keydown', { key: '?', bubbles: true }))"),
        seen("#help-dialog"),
        name="help",
    ),
    call(3, Click("#more"), Click("#audio-only"), seen("#audio-only-bar"), name="audio-only"),
]
SECRET = "MXaCrs1mPt2QmVx0bq5z4k9e"
SEALED = f"/r/blue-otter?debug&capture=320x180@10#kd83-hs7q&e2ee={SECRET}"
TILE = "[...document.querySelectorAll('.tile:not(.is-self)')][0]"
MENUS = [
    call(3, Click("#mic-menu"), seen(".menu"), name="mic-menu", only="wide"),
    call(3, Click("#reactions"), seen("#react-1"), name="reactions", only="wide"),
    call(
        3,
        Run(f"{TILE}.dispatchEvent(new MouseEvent('contextmenu', {{ bubbles: true, cancelable: true }}))"),
        seen(".menu"),
        name="tile-menu",
    ),
    call(
        3,
        Click("#chat"),
        seen(".message"),
        Run("document.querySelector('.message-more').click()"),
        seen(".menu"),
        name="chat-menu",
        chat=CHAT,
    ),
    call(9, Click("#more"), Click("#more-layout"), seen(".stage[data-mode=speaker]"), name="speaker-view"),
    account("profile.delete", "/account/profile", Click("#account-delete"), seen("dialog"), account={}),
]
ENCRYPTED = [
    State(
        "sealed-code",
        (*JOIN, Click("#sealed-badge"), seen("#safety-code")),
        path=SEALED,
        options={"people": 2, "state": {"e2ee": True}},
    ),
    State(
        "sealed-enter",
        (*JOIN, Click("#sealed-enter"), seen("#sealed-secret")),
        path=LINK,
        options={"people": 2, "state": {"e2ee": True}},
    ),
    State("sealed-missing", (*JOIN, seen("#sealed-enter")), options={"people": 2, "state": {"e2ee": True}}),
]
CAPTIONED = {"people": 5, "state": {"captions": "en", "plain": ["captions"]}, "names": LONG_NAMES}
SAID = (
    "(() => { const say = (at, key, text, final = true) => fake.meeting.caption({ key, text, final, "
    "participant: [...fake.people.keys()][at] }); const all = () => { say(0, 'a', 'Whoever cannot hear reads what "
    "is said, in the language of the meeting. '.repeat(3)); say(1, 'b', 'Could you say that once more, with the', "
    "false); }; all(); setInterval(all, 2000); })()"
)
WANTED = (Click("#captions-badge"), Until("fake.sent.some(({ type }) => type === 'wantcaptions')"), Run(SAID))
CAPTIONS = [
    State("captions", (*JOIN, PICTURES, *WANTED, seen(".caption + .caption")), options=CAPTIONED),
    State(
        "captions-type",
        (*JOIN, *WANTED, Click("#more"), Click("#captions-type"), Fill("#caption-text", "What is said")),
        options=CAPTIONED,
    ),
    State(
        "captions-start",
        (*JOIN, Click("#more"), Click("#captions-start"), seen("#captions-plain")),
        path=SEALED,
        options={"people": 2, "state": {"e2ee": True}},
    ),
    State(
        "captions-sealed",
        (*JOIN, seen("#sealed-go-without")),
        path=SEALED,
        options={"people": 2, "state": {"e2ee": True, "captions": "en", "plain": ["captions"]}},
    ),
]
LONG_NAMED = [
    State("long-name-prejoin", (seen("#preview-cam:not(.is-off)"), Fill("#name", LONG_NAME))),
    State(
        "long-name-call",
        (*enter(LONG_NAME), *CONNECTED, PICTURES),
        options={"people": 5, "names": LONG_NAMES, "you": LONG_NAME},
    ),
    State(
        "long-name-people",
        (*enter(LONG_NAME), *CONNECTED, Click("#people"), seen("#people-panel")),
        options={"people": 5, "names": LONG_NAMES, "you": LONG_NAME},
    ),
]
NO_CAMERA = [
    State("no-camera-prejoin", (seen(".note"),), before=(fails("NotFoundError", "video"),)),
    State(
        "no-camera-call",
        (seen(".note"), *enter_blind(), *CONNECTED, PICTURES),
        options={"people": 3},
        before=(fails("NotFoundError", "video"),),
    ),
]
IN_CALL += [*MENUS, *ENCRYPTED, *CAPTIONS]
SCREENS = [*OUTSIDE, *CALLS, *IN_CALL, *LONG_NAMED, *NO_CAMERA]

CHOSEN = (
    "home",
    "sign-in",
    "prejoin",
    "waiting",
    "call-5",
    "people",
    "chat",
    "settings",
    "more",
    "door",
    "meeting-settings",
    "captions",
)
"""Screens that are also looked at from right to left, and with letters of twice the size."""

SHORT = ("home", "sign-in", "prejoin", "people")
"""Screens of which `make test` makes sure."""

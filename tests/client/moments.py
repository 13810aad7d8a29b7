"""The call in moments that pass, or that few see: reactions, a spotlight, many pages, everything in the strip at once."""

from tests.client.screens import CHAT, PERSON, SEALED, TILE, call
from tests.client.steps import JOIN, Click, Run, State, Until, seen

ID = "[...fake.people.keys()][1]"
MENU = Run(f"{TILE}.dispatchEvent(new MouseEvent('contextmenu', {{ bubbles: true, cancelable: true }}))")
TURN = Run("document.dispatchEvent(new KeyboardEvent('keydown', { key: 'PageDown', bubbles: true }))")
STRIP = {"people": 9, "size": [160, 90], "state": {"e2ee": True, "locked": True, "title": "Monday morning"}}
ALL_OF_CHAT = [
    *CHAT,
    {
        "sender": "p-0001-Ada",
        "name": "Ada Lovelace",
        "text": "Only for you.",
        "to": "you-0001",
        "to_name": "You",
    },
    {
        "sender": "p-0002-Gra",
        "name": "Grace Hopper",
        "text": "",
        "files": [
            {
                "file": "plan",
                "name": "Plan of the second page.pdf",
                "media_type": "application/pdf",
                "size": 2_480_000,
            }
        ],
    },
]

MOMENTS = [
    call(
        5,
        Run(
            f"fake.push({{ type: 'emoted', emotions: [{{ participant: {ID}, emoji: '❤️' }}, {{ participant: 'you-0001', "
            "emoji: '😂' }] })"
        ),
        seen(".emote"),
        name="reaction",
    ),
    call(
        5,
        Run(f"fake.meeting.setState({{ spotlight: {ID} }})"),
        seen(".stage[data-mode=speaker]"),
        name="spotlight",
    ),
    call(
        30,
        TURN,
        Until("document.querySelectorAll('.stage-floor .tile').length > 0"),
        seen("#page-previous:not(:disabled)"),
        name="second-page",
        cameras=12,
    ),
    call(4, MENU, Click("#tile-pin"), seen(".stage[data-mode=speaker]"), name="pinned"),
    call(4, MENU, Click("#tile-volume"), seen("#tile-volume-slider"), name="volume"),
    State(
        "full-strip",
        (
            *JOIN,
            Run("fake.push({ type: 'networks', networks: [{ participant: fake.YOU, level: 'poor' }] })"),
            seen("#network"),
        ),
        path=SEALED,
        options=STRIP,
    ),
    State(
        "sealed-off",
        (
            *JOIN,
            Run("fake.meeting.setState({ e2ee: false })"),
            seen("#sealed-go-without"),
        ),
        path=SEALED,
        options={"people": 2, "state": {"e2ee": True}},
    ),
    call(3, Click("#chat"), seen(".message"), name="chat-of-all-kinds", chat=ALL_OF_CHAT, read=4),
    call(3, Click("#people"), Click(PERSON), Click("#person-make-host"), seen("dialog"), name="hand-over"),
    call(
        2,
        Click("#people"),
        Run("document.querySelector('#people-search').value = 'zz'"),
        Run("document.querySelector('#people-search').dispatchEvent(new Event('input', { bubbles: true }))"),
        name="nobody-found",
    ),
]

"""The small pure parts: permissions, placement, offers, names, ids, presence."""

import itertools

import pytest
from hypothesis import given, strategies as st

from signaling.messages import Offer
from signaling.names import clean_name, is_room_id
from signaling.offers import certificate_of, check_offer, sends_media
from signaling.permissions import PUBLISH, TABLE, Action, Verdict, verdict
from signaling.placement import MediaLoad, place
from signaling.presence import HOLD_NS, MemoryPresence, Session, resume_hash
from treble import ids
from treble.api import ApiError, PublishedTrack, Role, Source

# --- permissions ------------------------------------------------------------------------------------------------


def test_the_table_has_a_verdict_for_every_role_and_action() -> None:
    assert TABLE.keys() == set(Action)
    assert PUBLISH.keys() == set(Source)
    for role, action in itertools.product(Role, Action):
        expected = Verdict.DENY if role is Role.VIEWER and action is not Action.WATCH else Verdict.ALLOW
        assert verdict(role, action) is expected


# --- placement --------------------------------------------------------------------------------------------------


def load(name: str, peers: int, assigned: int = 0, capacity: int = 10, region: str = "") -> MediaLoad:
    return MediaLoad(name=name, peers=peers, assigned=assigned, capacity=capacity, region=region)


@pytest.mark.parametrize(
    ("servers", "region", "at", "expected"),
    [
        ([], "", None, None),
        ([load("a", 5), load("b", 3)], "", None, "b"),
        ([load("a", 5), load("b", 3)], "", "a", "a"),  # a Room stays together
        ([load("a", 10), load("b", 3)], "", "a", "b"),  # unless there is no room
        ([load("a", 5), load("b", 3)], "", "gone", "b"),
        ([load("a", 10), load("b", 10)], "", "a", None),
        ([load("a", 0, assigned=6), load("b", 5)], "", None, "b"),  # a burst is not all sent to one
        ([load("a", 50, capacity=100), load("b", 6)], "", None, "a"),
        ([load("a", 1), load("b", 9, region="eu")], "eu", None, "b"),
        ([load("a", 1), load("b", 10, region="eu")], "eu", None, "a"),
        ([load("b", 1), load("a", 1)], "", None, "a"),
        ([load("a", 0, capacity=0)], "", None, None),
    ],
)
def test_placement(servers: list[MediaLoad], region: str, at: str | None, expected: str | None) -> None:
    assert place(servers, region=region, at=at) == expected


def test_a_burst_of_joins_spreads_evenly() -> None:
    assigned = dict.fromkeys("abcd", 0)
    for _ in range(500):
        servers = [load(name, 0, count, capacity=1000) for name, count in assigned.items()]
        chosen = place(servers)
        assert chosen is not None
        assigned[chosen] += 1
    assert max(assigned.values()) <= 1.3 * 125


# --- offers -----------------------------------------------------------------------------------------------------

AUDIO, VIDEO, DATA = "m=audio 9 X 111\r\n", "m=video 9 X 96\r\n", "m=application 9 X webrtc-datachannel\r\n"


@pytest.mark.parametrize(
    ("sdp", "expected"),
    [
        ("", False),
        ("v=0\r\n", False),
        (f"v=0\r\n{AUDIO}a=recvonly\r\n", False),
        (f"v=0\r\n{AUDIO}a=inactive\r\n{DATA}", False),
        (f"v=0\r\n{AUDIO}", True),
        (f"v=0\r\na=recvonly\r\n{AUDIO}", True),  # on the safe side
        (f"v=0\r\n{AUDIO}a=recvonly\r\n{VIDEO}a=sendonly\r\n", True),
        (f"v=0\r\n{AUDIO}a=sendrecv\r\na=recvonly\r\n", True),
        (f"v=0\r\n{AUDIO} a=recvonly\r\n{VIDEO}a=SENDONLY\r\n", True),
        ("m=video 0 X 96\na=sendonly", True),
    ],
)
def test_whether_an_offer_sends(sdp: str, expected: bool) -> None:
    assert sends_media(sdp) is expected


@pytest.mark.parametrize("source", Source)
def test_what_a_viewer_names_as_a_track_is_refused(source: Source) -> None:
    offer = Offer(id=1, sdp=f"v=0\r\n{VIDEO}a=recvonly\r\n", tracks=[PublishedTrack(mid="0", source=source)])
    with pytest.raises(ApiError, match="forbidden"):
        check_offer(Role.VIEWER, offer)
    check_offer(Role.SPEAKER, offer)


def test_the_certificate_of_an_offer() -> None:
    assert (
        certificate_of("v=0\r\na=fingerprint:sha-256 AB:CD\r\nm=audio\r\na=fingerprint:x y\r\n")
        == "sha-256 ab:cd"
    )
    assert certificate_of("v=0\r\n") == ""


# --- names ------------------------------------------------------------------------------------------------------


TRICKS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u200b\n\r\t\0"


@given(st.text(max_size=1100))
def test_a_name_is_clean_or_refused(text: str) -> None:
    try:
        name = clean_name(text)
    except ApiError as error:
        if error.code != "bad.name":
            raise
        return
    assert 1 <= len(name) <= 60
    assert clean_name(name) == name
    name.encode()
    assert not set(name) & set(TRICKS)


@pytest.mark.parametrize(
    "name",
    [
        "Zo\u00eb",
        "O\u2019Brien-Smith",
        "\u674e\u5c0f\u9f99",
        "\u0645\u062d\u0645\u062f",
        "\u0928\u093f\u0916\u093f\u0932",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    ],
)
def test_names_of_the_world_are_names(name: str) -> None:
    assert clean_name(name) == name


def test_room_ids() -> None:
    assert is_room_id("daily-stand_up2")
    for text in ("", "a b", "a/b", "..", "a" * 65, "\u00e4", "a\n"):
        assert not is_room_id(text)


# --- ids --------------------------------------------------------------------------------------------------------


def test_ids_are_long_enough_and_take_every_bit_from_the_randomness() -> None:
    zeros, ones = (ids.new_id(lambda count, byte=byte: byte * count) for byte in (b"\0", b"\xff"))
    assert (zeros, ones) == ("0" * 26, "z" * 26)
    assert ids.ID_LETTERS * ids.BITS_PER_LETTER >= 128
    assert ids.PASSWORD_LETTERS * ids.BITS_PER_LETTER >= 80
    assert set(ids.ALPHABET).isdisjoint("ilou")
    assert is_room_id(zeros)


def test_a_password_is_what_people_type() -> None:
    password = ids.new_password(lambda count: bytes(range(7, 7 + count)))
    assert [len(group) for group in password.split("-")] == [4, 4, 4, 4]
    assert ids.as_typed(
        password.upper().replace("-", " ").replace("0", "O").replace("1", "I")
    ) == ids.as_typed(password)


# --- presence ---------------------------------------------------------------------------------------------------


def session(resume: str) -> Session:
    hashed = resume_hash(resume)
    return Session(id="s", room="r", participant="p", gateway="g", resume_hash=hashed, socket="s.1")


async def test_a_resume_token_works_once_for_its_participant_within_30_seconds() -> None:
    presence = MemoryPresence()
    await presence.put(session("one"))
    assert await presence.resume("one", "thief", b"x", "g", 0) is None
    await presence.socket_lost("s", "s.1", 0)
    resumed = await presence.resume("one", "p", resume_hash("two"), "g2", HOLD_NS - 1)
    assert resumed is not None
    assert (resumed.socket, resumed.gateway, resumed.lost_at_ns) == ("s.2", "g2", None)
    assert await presence.resume("one", "p", b"x", "g", 0) is None
    await presence.socket_lost("s", "s.1", 0)  # late news of the older socket
    assert (await presence.get("s")).lost_at_ns is None
    await presence.socket_lost("s", "s.2", 5)
    assert await presence.resume("two", "p", b"x", "g", 5 + HOLD_NS) is None
    await presence.forget("s")
    await presence.forget("s")
    assert await presence.get("s") is None
    assert await presence.resume("two", "p", b"x", "g", 6) is None

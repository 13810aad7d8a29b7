import pytest
from hypothesis import given, strategies as st

from signaling.names import clean_name, is_room_id
from treble.api import ApiError

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

"""Names that look alike."""

import pytest

from signaling.confusables import skeleton


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Alice", "\u0410lic\u0435"),  # Cyrillic A and e
        ("Alice", "alice"),
        ("Alice", "A l i c e."),
        ("Alice", "\uff21lice"),  # full width
        ("Zo\u00eb", "Zoe"),
        ("Bob", "B0b"),
        ("Bill", "BiII"),
        ("Modern", "Modem"),
        ("Nikos", "\u039dikos"),  # Greek capital
        ("Ann", "A\u200dnn"),
    ],
)
def test_confusable_names_have_one_skeleton(name: str, other: str) -> None:
    assert skeleton(name) == skeleton(other)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Ann", "Anna"),
        ("Bob", "Rob"),
        ("Bob 2", "Bob 3"),
        ("\u674e\u96f7", "\u97e9\u6885\u6885"),
        ("\u0930\u093e\u092e", "\u0930\u0940\u092e"),  # one vowel sign apart
        ("\U0001f600", "\U0001f601"),
    ],
)
def test_different_names_stay_different(name: str, other: str) -> None:
    assert skeleton(name) != skeleton(other)

import unicodedata

import pytest
from hypothesis import given, strategies as st

from signaling.chat.text import MAX_TEXT_LETTERS, clean_emoji, clean_file_name, clean_text
from treble.api import ApiError


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("hello", "hello"),
        ("  two\tcells  \r\nnext\rlast\n\n", "  two\tcells\nnext\nlast"),
        ("e\u0301", "é"),
        ("turn \u202e around \u2066x\u2069", "turn  around x"),
        ("zero\u200bwidth\ufeff\x00\x07", "zerowidth"),
        ("<b>bold</b> & so", "<b>bold</b> & so"),
        (
            "\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            "\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        ),
        ("👩‍👩‍👧", "👩‍👩‍👧"),
        (" \n\u200d \ufe0f", ""),
    ],
)
def test_text_is_stored_in_one_spelling(typed: str, stored: str) -> None:
    assert clean_text(typed) == stored


@given(st.text(max_size=200))
def test_cleaning_again_changes_nothing_and_nothing_dangerous_is_left(text: str) -> None:
    cleaned = clean_text(text)
    assert clean_text(cleaned) == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    assert not any(unicodedata.category(each) in ("Cc", "Cs") and each not in "\n\t" for each in cleaned)
    assert not set(cleaned) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def test_too_long_a_text_is_refused() -> None:
    assert clean_text("x" * MAX_TEXT_LETTERS)
    with pytest.raises(ApiError, match=r"bad\.text"):
        clean_text("x" * (MAX_TEXT_LETTERS + 1))


@pytest.mark.parametrize(
    "emoji",
    [
        "👍",
        "❤️",
        "👍🏽",
        "🏳️‍🌈",
        "👨‍👩‍👧‍👦",
        "🇩🇪",
        "3️⃣",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "☺",
    ],
)
def test_an_emoji_is_one(emoji: str) -> None:
    assert clean_emoji(emoji) == emoji


@pytest.mark.parametrize("other", ["", "a", "👍👍", "<", "1", "👍 ", "\u200d", "🇩", "👍" + "\u200d👍" * 9])
def test_what_is_not_one_emoji_is_refused(other: str) -> None:
    with pytest.raises(ApiError, match=r"bad\.emoji"):
        clean_emoji(other)


@pytest.mark.parametrize(
    ("given_name", "stored"),
    [
        ("notes.txt", "notes.txt"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\a b.pdf", "a b.pdf"),
        ('evil\u202egnp.exe"\n', "evilgnp.exe"),
        ("...", "file"),
        ("", "file"),
        ("x" * 300 + ".png", "x" * 116 + ".png"),
    ],
)
def test_a_file_name_has_no_folders_and_no_tricks(given_name: str, stored: str) -> None:
    assert clean_file_name(given_name) == stored

from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from signaling.keyring import Keyring
from signaling.storage.columns import ColumnCipher, SealedValueError, key_id_of

PLACE = ("rooms", "password", "r1")


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    return Keyring(tmp_path_factory.mktemp("k") / "data")


@pytest.fixture(scope="module")
def cipher(ring: Keyring) -> ColumnCipher:
    return ColumnCipher(ring)


@given(text=st.text(max_size=200))
def test_what_is_sealed_opens_in_its_place(cipher: ColumnCipher, text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    assert cipher.open(cipher.seal(text, *PLACE), *PLACE) == text


@pytest.mark.parametrize(
    "place", [("users", "password", "r1"), ("rooms", "name", "r1"), ("rooms", "password", "r2")]
)
def test_a_value_moved_elsewhere_does_not_open(cipher: ColumnCipher, place: tuple[str, str, str]) -> None:
    with pytest.raises(SealedValueError, match="does not open"):
        cipher.open(cipher.seal("secret", *PLACE), *place)


@given(data=st.data())
def test_a_changed_or_cut_envelope_raises_one_exception(cipher: ColumnCipher, data: st.DataObject) -> None:
    sealed = bytearray(cipher.seal("secret", *PLACE))
    place = data.draw(st.integers(0, len(sealed) - 1))
    if data.draw(st.booleans()):
        sealed[place] ^= data.draw(st.integers(1, 255))
    else:
        del sealed[place:]
    with pytest.raises(SealedValueError):
        cipher.open(bytes(sealed), *PLACE)


def test_equal_values_look_different(cipher: ColumnCipher) -> None:
    assert cipher.seal("secret", *PLACE) != cipher.seal("secret", *PLACE)


def test_rotation_opens_the_old_and_seals_with_the_new(tmp_path: Path) -> None:
    ring = Keyring(tmp_path / "k")
    cipher = ColumnCipher(ring)
    old = cipher.seal("secret", *PLACE)
    new_key = ring.rotate()
    assert cipher.open(old, *PLACE) == "secret"
    assert key_id_of(old) != new_key.id == key_id_of(cipher.seal("secret", *PLACE))
    (tmp_path / "k" / key_id_of(old)).unlink()
    with pytest.raises(SealedValueError, match="no key"):
        ColumnCipher(Keyring(tmp_path / "k")).open(old, *PLACE)

from signaling.names import is_room_id
from treble import ids


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

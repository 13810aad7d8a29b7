"""Accounts in both databases: one e-mail is one account also while keys are rotated, and what is used once is used once."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import IntegrityError

from signaling.accounts.refresh import Rotation, rotate
from signaling.keyring import Keyring
from signaling.retention import DAY, Retention
from signaling.storage.account_tables import accounts, codes, families, identities, pictures
from signaling.storage.accounts import Accounts, StoredAccount
from signaling.storage.codes import Code, Codes
from signaling.storage.families import Families, Family
from signaling.storage.identities import Identities
from signaling.storage.mails import Mail, Mails
from signaling.storage.pictures import Pictures
from signaling.storage.retention import drop
from signaling.storage.store import DATA_KEYS, Store
from treble.api import ApiError

NOW = 1_800_000_000 * 10**9
LATER = NOW + 3600 * 10**9
MAIL = Mail(to="zoe@example.org", subject="s", text="t")


def account(id_: str = "a", email: str | None = "Zoe@example.org", guest: bool = False) -> StoredAccount:
    return StoredAccount(id=id_, guest=guest, name="Zoë", created_at=NOW, email=email, password="$argon2id$x")


def family(id_: str = "f", of: str = "a") -> Family:
    return Family(
        id=id_, account=of, rotation=Rotation("1", rotated_at=NOW), created_at=NOW, since=NOW, expires_at=LATER,
        agent="Browser", address="192.0.2.1",
    )  # fmt: skip


@pytest.fixture
def kept(store: Store) -> Accounts:
    made = Accounts(store.cipher, store.index)
    store.write(lambda connection: made.add(connection, account()))
    return made


def code_of(work: Callable[[], object]) -> str:
    with pytest.raises(ApiError) as error:
        work()
    return error.value.code


def test_an_account_is_found_as_it_was_stored(store: Store, kept: Accounts) -> None:
    assert store.read(lambda connection: kept.find(connection, "a")) == account()
    for spelling in ("Zoe@example.org", "zoe@EXAMPLE.org", " ZOE@example.org"):
        assert store.read(lambda connection, email=spelling: kept.by_email(connection, email)) == account()
    assert store.read(lambda connection: kept.by_email(connection, "max@example.org")) is None
    assert store.read(lambda connection: kept.find(connection, "b")) is None


def test_one_e_mail_is_one_account_under_whichever_key(store: Store, kept: Accounts, tmp_path: Path) -> None:
    taken = account("b", "zoe@example.ORG")
    assert code_of(lambda: store.write(lambda connection: kept.add(connection, taken))) == "email.taken"
    Keyring(tmp_path / DATA_KEYS).rotate()
    assert store.read(lambda connection: kept.by_email(connection, "zoe@example.org")) == account()
    assert code_of(lambda: store.write(lambda connection: kept.add(connection, taken))) == "email.taken"
    other = account("c", "max@example.org")
    store.write(lambda connection: kept.add(connection, other))
    moved = lambda: store.write(lambda connection: kept.set_email(connection, "a", "MAX@example.org"))  # noqa: E731
    assert code_of(moved) == "email.taken"
    assert store.read(lambda connection: connection.execute(select(func.count(accounts.c.id))).scalar()) == 2


def test_guests_have_no_e_mail_and_are_many(store: Store, kept: Accounts) -> None:
    for number in range(3):
        guest = StoredAccount(id=f"g{number}", guest=True, name="Guest", created_at=NOW)
        store.write(lambda connection, guest=guest: kept.add(connection, guest))
    store.write(lambda connection: kept.make_full(connection, "g0"))
    store.write(lambda connection: Families(store.cipher).add(connection, family("f", "g1")))
    assert store.write(lambda connection: kept.drop_guests(connection, NOW)) == 0  # too young
    assert store.write(lambda connection: kept.drop_guests(connection, NOW + 1)) == 1
    left = store.read(lambda connection: set(connection.execute(select(accounts.c.id)).scalars()))
    assert left == {"a", "g0", "g1"}


def test_an_identity_belongs_to_one_account_under_whichever_key(
    store: Store, kept: Accounts, tmp_path: Path
) -> None:
    made = Identities(store.cipher, store.index)
    store.write(lambda connection: kept.add(connection, account("b", None)))
    store.write(lambda connection: made.add(connection, "i", "a", "google", "1001", NOW))
    store.write(lambda connection: made.add(connection, "j", "b", "facebook", "1001", NOW))
    Keyring(tmp_path / DATA_KEYS).rotate()
    assert store.read(lambda connection: made.account_of(connection, "google", "1001")) == "a"
    assert store.read(lambda connection: made.account_of(connection, "facebook", "1001")) == "b"
    assert store.read(lambda connection: made.account_of(connection, "google", "1002")) is None
    again = lambda: store.write(lambda connection: made.add(connection, "k", "b", "google", "1001", NOW))  # noqa: E731
    assert code_of(again) == "link.taken"


def test_an_account_goes_with_all_that_is_its(store: Store, kept: Accounts) -> None:
    def fill(connection: Connection) -> None:
        Families(store.cipher).add(connection, family())
        Identities(store.cipher, store.index).add(connection, "i", "a", "google", "1001", NOW)
        Codes(store.cipher).add(connection, Code("reset", "secret", MAIL, LATER, "a"))
        Pictures(store.cipher).replace(connection, "a", "p", b"image", NOW)

    store.write(fill)
    store.write(lambda connection: kept.delete(connection, "a"))
    for table in (accounts, families, identities, codes, pictures):
        count = select(func.count()).select_from(table)
        assert store.read(lambda connection, count=count: connection.execute(count).scalar()) == 0
    with pytest.raises(IntegrityError):
        store.write(fill)


# --- once ---------------------------------------------------------------------------------------------------------


def side_by_side(count: int, work: Callable[[], object]) -> list[object]:
    """The results of `count` threads that begin at one moment."""
    results, barrier = [], threading.Barrier(count)

    def run() -> None:
        barrier.wait()
        results.append(work())

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_a_code_is_taken_once(store: Store, kept: Accounts) -> None:
    made = Codes(store.cipher)
    store.write(lambda connection: made.add(connection, Code("reset", "secret", MAIL, LATER, "a")))

    def take(kind: str = "reset", secret: str = "secret", now_ns: int = NOW) -> object:
        return store.write(lambda connection: made.take_of(connection, kind, secret, Mail, now_ns))

    assert (take("verify"), take(secret="other"), take(now_ns=LATER)) == (None, None, None)
    results = side_by_side(4, take)
    assert sorted(results, key=str) == [(MAIL, "a"), None, None, None]


def test_a_mail_is_claimed_by_one(store: Store) -> None:
    made = Mails(store.cipher)
    store.write(lambda connection: made.add(connection, "m", MAIL, NOW, LATER))
    (queued,) = store.read(lambda connection: made.due(connection, NOW, 10))
    assert (queued.mail, queued.attempts) == (MAIL, 0)
    claim = lambda: store.write(lambda connection: made.claim(connection, queued, NOW + 60))  # noqa: E731
    assert sorted(side_by_side(4, claim)) == [False, False, False, True]
    assert store.read(lambda connection: made.due(connection, NOW + 59, 10)) == []
    (again,) = store.read(lambda connection: made.due(connection, NOW + 60, 10))
    assert again.attempts == 1


def test_a_refresh_secret_opens_once_also_at_the_same_moment(store: Store, kept: Accounts) -> None:
    """Two of the four get a successor: the true one, and the one for a lost answer."""
    made = Families(store.cipher)
    store.write(lambda connection: made.add(connection, family()))
    numbers = iter(range(100))

    def refresh() -> bool:
        fresh = f"fresh{next(numbers)}"

        def turn(connection: Connection) -> bool:
            found = made.find(connection, "f", NOW, lock=True)
            state = rotate(found.rotation, "1", fresh, NOW) if found else None
            if found is None or state is None:
                return False
            made.rotated(connection, found, state, LATER, "Browser", "192.0.2.2")
            return True

        return store.write(turn)

    assert sorted(side_by_side(4, refresh)) == [False, False, True, True]


def test_logins_end_and_expire(store: Store, kept: Accounts) -> None:
    made = Families(store.cipher)
    for name in "fgh":
        store.write(lambda connection, name=name: made.add(connection, family(name)))
    assert store.read(lambda connection: made.is_in_force(connection, "f", "a", LATER - 1))
    assert not store.read(lambda connection: made.is_in_force(connection, "f", "a", LATER))
    assert not store.read(lambda connection: made.is_in_force(connection, "f", "b", NOW))
    assert not store.write(lambda connection: made.end(connection, "f", "b"))
    assert store.write(lambda connection: made.end(connection, "f", "a"))
    assert store.write(lambda connection: made.end_all(connection, "a", "g")) == 1
    (left,) = store.read(lambda connection: made.of_account(connection, "a", NOW))
    assert left == family("g")
    assert store.write(lambda connection: made.drop_expired(connection, LATER)) == 1


def test_a_replaced_picture_goes_after_a_day_and_with_the_picture_at_once(
    store: Store, kept: Accounts
) -> None:
    made = Pictures(store.cipher)

    def found(name: str) -> bytes | None:
        return store.read(lambda connection: made.find(connection, name))

    for name in ("p", "q"):
        store.write(lambda connection, name=name: made.replace(connection, "a", name, name.encode(), NOW))
    assert (found("p"), found("q")) == (b"p", b"q")
    store.write(lambda connection: drop(connection, pictures, Retention(), NOW + DAY - 1))
    assert found("p") == b"p"
    store.write(lambda connection: drop(connection, pictures, Retention(), NOW + DAY))
    assert (found("p"), found("q")) == (None, b"q")
    store.write(lambda connection: made.replace(connection, "a", "r", b"r", NOW))
    store.write(lambda connection: made.remove(connection, "a"))
    assert (found("q"), found("r")) == (None, None)

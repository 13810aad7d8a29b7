"""Operators' keys on both databases."""

from sqlalchemy import select

from signaling.storage.admin_keys import AdminKey, AdminKeys
from signaling.storage.store import Store
from signaling.storage.webhook_tables import admin_keys

SECRET = "s" * 43


def test_a_key_is_found_by_its_secret_alone_and_until_its_time_is_over(store: Store) -> None:
    keys = AdminKeys(store.cipher)
    one = AdminKey(id="1", name="Nightly", created_at=1, expires_at=100)
    two = AdminKey(id="2", name="Console", created_at=2)
    store.write(lambda c: (keys.add(c, one, SECRET), keys.add(c, two, "t" * 43)))
    assert store.read(lambda c: keys.find(c, SECRET, 99)) == one
    assert store.read(lambda c: keys.find(c, SECRET, 100)) is None
    assert store.read(lambda c: keys.find(c, "t" * 43, 10**30 // 10**12)) == two
    for wrong in ("", "u" * 43, "1", "Nightly", "\ud800"):
        assert store.read(lambda c, wrong=wrong: keys.find(c, wrong, 50)) is None
    assert store.read(keys.all) == [one, two]


def test_a_revoked_key_is_gone(store: Store) -> None:
    keys = AdminKeys(store.cipher)
    store.write(lambda c: keys.add(c, AdminKey(id="1", name="Nightly", created_at=1), SECRET))
    assert store.write(lambda c: keys.delete(c, "1"))
    assert not store.write(lambda c: keys.delete(c, "1"))
    assert store.read(lambda c: keys.find(c, SECRET, 50)) is None


def test_the_secret_itself_is_not_kept(store: Store) -> None:
    keys = AdminKeys(store.cipher)
    store.write(lambda c: keys.add(c, AdminKey(id="1", name="Nightly", created_at=1), SECRET))
    (row,) = store.read(lambda c: c.execute(select(admin_keys)).all())
    assert SECRET.encode() not in b"".join(value for value in row if isinstance(value, bytes))

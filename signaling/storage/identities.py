"""By which providers an account is opened."""

from sqlalchemy import Connection, delete, insert, select

from signaling.storage.account_tables import identities
from signaling.storage.blind_index import BlindIndex
from signaling.storage.columns import ColumnCipher
from signaling.storage.serialise import serialise
from treble.api import ApiError

SUBJECT = "identities.subject"  # the blind index's purpose


class Identities:
    """Each method runs inside the caller's transaction. `subject`: the person's id at the provider."""

    def __init__(self, cipher: ColumnCipher, index: BlindIndex) -> None:
        self._cipher = cipher
        self._index = index

    def add(
        self, connection: Connection, identity: str, account: str, provider: str, subject: str, now_ns: int
    ) -> None:
        """`ApiError("link.taken")` where this person of the provider has an account."""
        text = f"{provider}|{subject}"
        serialise(connection, f"{SUBJECT} {text}")  # another may write it under another key
        if self.account_of(connection, provider, subject) is not None:
            raise ApiError("link.taken")
        connection.execute(
            insert(identities).values(
                id=identity,
                account=account,
                provider=provider,
                subject=self._cipher.seal(text, "identities", "subject", identity),
                subject_index=self._index.of(text, SUBJECT),
                created_at=now_ns,
            )
        )

    def account_of(self, connection: Connection, provider: str, subject: str) -> str | None:
        """Also while keys are rotated and its index was made with either."""
        wanted = identities.c.subject_index.in_(self._index.candidates(f"{provider}|{subject}", SUBJECT))
        return connection.execute(select(identities.c.account).where(wanted)).scalars().first()

    def providers_of(self, connection: Connection, account: str) -> list[str]:
        wanted = select(identities.c.provider).where(identities.c.account == account)
        return sorted(set(connection.execute(wanted).scalars()))

    def remove(self, connection: Connection, account: str, provider: str) -> bool:
        """False if there was none."""
        wanted = (identities.c.account == account) & (identities.c.provider == provider)
        return connection.execute(delete(identities).where(wanted)).rowcount > 0

"""Logins: one family of refresh secrets for each browser that is signed in."""

import msgspec
from sqlalchemy import Connection, Row, delete, insert, select, update

from signaling.accounts.refresh import Rotation
from signaling.storage.account_tables import families
from signaling.storage.columns import ColumnCipher

MAX_FAMILIES = 50  # of one account; the longest unused go first


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """`agent` and `address`: of the browser at its last refresh. Times in Unix nanoseconds."""

    id: str
    account: str
    rotation: Rotation
    created_at: int
    since: int
    expires_at: int
    agent: str
    address: str


class Families:
    """Each method runs inside the caller's transaction."""

    def __init__(self, cipher: ColumnCipher) -> None:
        self._cipher = cipher

    def add(self, connection: Connection, family: Family) -> None:
        connection.execute(
            insert(families).values(
                id=family.id,
                account=family.account,
                created_at=family.created_at,
                since=family.since,
                expires_at=family.expires_at,
                **self._changing(family.id, family.rotation, family.agent, family.address),
            )
        )
        self._bound(connection, family.account)

    def find(self, connection: Connection, family: str, now_ns: int, *, lock: bool = False) -> Family | None:
        """One that is in force; `lock`: nobody else rotates it until this transaction ends."""
        query = select(families).where((families.c.id == family) & (families.c.expires_at > now_ns))
        row = connection.execute(query.with_for_update() if lock else query).one_or_none()
        return None if row is None else self._family(row)

    def rotated(
        self,
        connection: Connection,
        family: Family,
        rotation: Rotation,
        expires_at: int,
        agent: str,
        address: str,
    ) -> None:
        connection.execute(
            update(families)
            .where(families.c.id == family.id)
            .values(expires_at=expires_at, **self._changing(family.id, rotation, agent, address))
        )

    def is_in_force(self, connection: Connection, family: str, account: str, now_ns: int) -> bool:
        """Whether an account token of this login still counts."""
        wanted = (
            (families.c.id == family) & (families.c.account == account) & (families.c.expires_at > now_ns)
        )
        return connection.execute(select(families.c.id).where(wanted)).one_or_none() is not None

    def of_account(self, connection: Connection, account: str, now_ns: int) -> list[Family]:
        """Last used first."""
        wanted = (families.c.account == account) & (families.c.expires_at > now_ns)
        rows = connection.execute(select(families).where(wanted).order_by(families.c.rotated_at.desc()))
        return [self._family(row) for row in rows]

    def end(self, connection: Connection, family: str, account: str) -> bool:
        """False if this account has no such login."""
        wanted = (families.c.id == family) & (families.c.account == account)
        return connection.execute(delete(families).where(wanted)).rowcount == 1

    def end_all(self, connection: Connection, account: str, but: str | None = None) -> int:
        """All logins of an account, but one; how many ended."""
        wanted = families.c.account == account
        if but is not None:
            wanted &= families.c.id != but
        return connection.execute(delete(families).where(wanted)).rowcount

    def drop_expired(self, connection: Connection, now_ns: int) -> int:
        return connection.execute(delete(families).where(families.c.expires_at <= now_ns)).rowcount

    def _bound(self, connection: Connection, account: str) -> None:
        newest = families.c.rotated_at.desc()
        wanted = select(families.c.id).where(families.c.account == account).order_by(newest)
        for family in connection.execute(wanted).scalars().all()[MAX_FAMILIES:]:
            connection.execute(delete(families).where(families.c.id == family))

    def _changing(self, family: str, rotation: Rotation, agent: str, address: str) -> dict[str, object]:
        return {
            **rotation._asdict(),
            "agent": self._cipher.seal(agent, "families", "agent", family),
            "address": self._cipher.seal(address, "families", "address", family),
        }

    def _family(self, row: Row) -> Family:  # type: ignore[type-arg]
        return Family(
            id=row.id,
            account=row.account,
            rotation=Rotation(row.current, row.sibling, row.previous, row.rotated_at),
            created_at=row.created_at,
            since=row.since,
            expires_at=row.expires_at,
            agent=self._cipher.open(row.agent, "families", "agent", row.id),
            address=self._cipher.open(row.address, "families", "address", row.id),
        )

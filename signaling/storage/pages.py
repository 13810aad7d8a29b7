"""One page of a table at a time: keyset over `created_at` and `id`, so that what comes meanwhile moves nothing."""

import base64
import binascii
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Table, select, tuple_

from treble.api import ApiError


class Place(NamedTuple):
    """Of the last row of a page."""

    created_at: int
    id: str


def page(
    connection: Connection,
    table: Table,
    condition: ColumnElement[bool] | None,
    after: Place | None,
    limit: int,
    *,
    newest_first: bool = True,
) -> Sequence[Row]:  # type: ignore[type-arg]
    """At most `limit` rows that come after this place."""
    query = select(table).limit(limit)
    if condition is not None:
        query = query.where(condition)
    where = tuple_(table.c.created_at, table.c.id)
    if after is not None:
        place = tuple_(after.created_at, after.id)
        query = query.where(where < place if newest_first else where > place)
    order = (table.c.created_at, table.c.id)
    query = query.order_by(*((each.desc() for each in order) if newest_first else order))
    return connection.execute(query).all()


def cursor_of(place: Place) -> str:
    return base64.urlsafe_b64encode(f"{place.created_at}.{place.id}".encode()).rstrip(b"=").decode()


def place_of(cursor: str | None) -> Place | None:
    """`ApiError("bad.cursor")` for one that is not ours."""
    if cursor is None:
        return None
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        created_at, _, row = text.partition(".")
        return Place(int(created_at), row)
    except (ValueError, binascii.Error):
        raise ApiError("bad.cursor", "cursor: take it from the page before") from None

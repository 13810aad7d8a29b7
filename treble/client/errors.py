"""What goes wrong, as the web client's SDK says it."""

from treble.api import ApiError


class TrebleError(ApiError):
    """A refusal or failure with a `code`: `auth.wrong`, `full`, `gone`, `ended`, `elsewhere`, `timeout`, ..."""


# Refusals that a later try may not meet.
PASSING = frozenset({"busy", "server.starting", "server.error"})


def may_pass(error: ApiError) -> bool:
    return error.code in PASSING

"""What gateways ask on behalf of an operator: typed requests, answers and the interface that carries them."""

from typing import Protocol


class Admin(Protocol):
    """Rooms, participants, tokens and Sessions for operators. Every method raises `ApiError` for a refusal."""

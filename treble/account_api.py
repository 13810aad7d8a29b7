"""What gateways ask about accounts: typed requests, answers and the interface that carries them."""

from typing import Protocol


class Accounts(Protocol):
    """Accounts as gateways see them. Every method raises `ApiError` for a refusal."""

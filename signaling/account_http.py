"""`/api/session`, `/api/account`, `/api/pictures`: signing in and what one's account holds."""

from starlette.routing import Route

from signaling.counters import Counters
from signaling.gateway_config import GatewayConfig
from signaling.http_api import HttpApi
from treble.account_api import Accounts


class AccountHttp:
    """`api` admits requests: origin and rate."""

    def __init__(self, config: GatewayConfig, accounts: Accounts, api: HttpApi) -> None:
        self._config = config
        self._accounts = accounts
        self._api = api

    def routes(self, counters: Counters) -> list[Route]:
        return []

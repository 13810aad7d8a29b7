"""`/api/admin`: the operators' HTTP API."""

from starlette.routing import Route

from signaling.counters import Counters
from signaling.gateway_config import GatewayConfig
from signaling.http_api import HttpApi
from treble.admin_api import Admin


class AdminHttp:
    """`api` admits requests: origin and rate."""

    def __init__(self, config: GatewayConfig, admin: Admin, api: HttpApi) -> None:
        self._config = config
        self._admin = admin
        self._api = api

    def routes(self, counters: Counters) -> list[Route]:
        return []

"""Accounts behind a real gateway on a loopback port: database and TLS are real, mails are kept in a list."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import trio

from signaling.accounts.config import AccountConfig
from signaling.accounts.mail import MailPutOff
from signaling.accounts.server import AccountServer
from signaling.counters import Counters
from signaling.database import Database
from signaling.gateway import GatewayShell
from signaling.gateway_config import GatewayConfig
from signaling.keyring import Keyring
from signaling.room_config import RoomConfig
from signaling.room_server import trio_now_ns
from signaling.storage.mails import Mail
from signaling.storage.store import TOKEN_KEYS
from signaling.tokens import Tokens
from tests.signaling.gateway_world import HUNG_SECONDS, FakeRooms, until
from treble.account_api import Caller

HOST = "127.0.0.1"
EMAIL = "zoe@example.org"
PASSWORD = "a quiet harbour"
START_S = 1_800_000_000


@dataclass
class MemoryMail:
    """`down`: nothing can be sent."""

    sent: list[Mail] = field(default_factory=list)
    down: bool = False

    def send(self, mail_id: str, mail: Mail, wall_s: int) -> None:
        if self.down:
            raise MailPutOff("down")
        self.sent.append(mail)


@dataclass
class Browser:
    """Cookies of its own; `token` is what its page holds in memory."""

    world: "AccountWorld"
    client: httpx.AsyncClient
    token: str = ""
    account: dict[str, Any] = field(default_factory=dict)

    async def ask(self, method: str, path: str, body: Any = None, **options: Any) -> httpx.Response:
        headers = {"origin": self.world.origin} | options.pop("headers", {})
        if self.token:
            headers.setdefault("authorization", f"Bearer {self.token}")
        headers = {name: value for name, value in headers.items() if value}
        if body is not None:
            options["json"] = body
        response = await self.client.request(method, path, headers=headers, **options)
        if response.headers.get("content-type") == "application/json":
            taken = response.json()
            if isinstance(taken, dict) and "token" in taken:
                self.token, self.account = taken["token"], taken["account"]
        return response

    async def get(self, path: str) -> Any:
        response = await self.ask("GET", path)
        assert response.status_code == 200, response.text
        return response.json()

    async def post(self, path: str, body: Any = None) -> httpx.Response:
        return await self.ask("POST", path, body)

    async def guest(self, name: str = "Zoë") -> httpx.Response:
        return await self.post("/api/session/guest", {"name": name})

    async def log_in(self, email: str = EMAIL, password: str = PASSWORD) -> httpx.Response:
        return await self.post("/api/session", {"email": email, "password": password})

    async def sign_up(
        self, email: str = EMAIL, password: str = PASSWORD, name: str = "Zoë"
    ) -> httpx.Response:
        return await self.post("/api/account/sign-up", {"email": email, "password": password, "name": name})

    async def refresh(self) -> httpx.Response:
        return await self.post("/api/session/refresh")

    @property
    def cookie(self) -> str:
        return next((each.value or "" for each in self.client.cookies.jar if "session" in each.name), "")

    @cookie.setter
    def cookie(self, value: str) -> None:
        for each in self.client.cookies.jar:
            if "session" in each.name:
                each.value = value


@dataclass
class AccountWorld:
    gateway: GatewayShell
    accounts: AccountServer
    database: Database
    mail: MemoryMail
    counters: Counters
    context: ssl.SSLContext
    wall: dict[str, int]
    ended: list[str]
    browsers: list[Browser] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"https://{HOST}:{self.gateway.port}"

    def caller(self, address: str = "192.0.2.1") -> Caller:
        return Caller(address=address, agent="Test/1.0", base=self.origin)

    def browser(self) -> Browser:
        client = httpx.AsyncClient(
            base_url=self.origin,
            verify=self.context,
            headers={"user-agent": "Test/1.0"},
            timeout=HUNG_SECONDS,
        )
        self.browsers.append(Browser(self, client))
        return self.browsers[-1]

    def pass_time(self, seconds: int) -> None:
        """Of the clock on the wall; monotonic time goes its own way."""
        self.wall["ns"] += seconds * 10**9

    async def mails(self, count: int) -> list[Mail]:
        await until(lambda: len(self.mail.sent) >= count)
        return self.mail.sent

    async def code(self, count: int) -> str:
        """What the link in mail number `count` carries."""
        text = (await self.mails(count))[count - 1].text
        return text.partition("#")[2].split()[0]

    async def member(self, email: str = EMAIL, password: str = PASSWORD) -> Browser:
        """A browser signed in to a new, verified account."""
        browser, mails = self.browser(), len(self.mail.sent)
        assert (await browser.sign_up(email, password)).status_code == 202
        code = await self.code(mails + 1)
        assert (await browser.post("/api/account/verify", {"code": code})).status_code == 200
        assert (await browser.log_in(email, password)).status_code == 200
        return browser


@asynccontextmanager
async def account_world(data: Path, **config: Any) -> AsyncIterator[AccountWorld]:
    wall, ended, mail, counters = {"ns": START_S * 10**9}, [], MemoryMail(), Counters()
    settings = RoomConfig(data=data, accounts=AccountConfig(**config))
    accounts = AccountServer(settings, lambda: wall["ns"], trio_now_ns, counters, mail)
    database = await Database.open(data)
    try:
        accounts.open(database, Tokens(Keyring(data / TOKEN_KEYS), "treble"), ended.append)
        gateway = GatewayShell(GatewayConfig(data=data, host=HOST, port=0), FakeRooms(), accounts, object())
        async with trio.open_nursery() as nursery:
            nursery.start_soon(accounts.run)
            await nursery.start(gateway.run)
            context = ssl.create_default_context(cafile=gateway.authority_path)
            world = AccountWorld(gateway, accounts, database, mail, counters, context, wall, ended)
            try:
                yield world
            finally:
                for browser in world.browsers:
                    await browser.client.aclose()
                nursery.cancel_scope.cancel()
    finally:
        accounts.close()
        database.close()


def code_of(response: httpx.Response) -> str:
    return response.json()["code"]

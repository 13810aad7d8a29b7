"""One attempt to tell one endpoint: resolved, checked, posted within a time, never redirected, its answer not read."""

import ssl
from typing import Final

import httpx
import trio

from signaling.webhooks.addresses import Target, choose, parse_url
from treble.api import ApiError
from treble.webhook_signature import HEADER, sign

ATTEMPT_S: Final = 10.0  # from the look-up of the name to the status line
USER_AGENT: Final = "Treble-Webhooks/1"


class WebhookPost:
    """Holds the HTTP client until `aclose`. `verify` is for tests with an authority of their own."""

    def __init__(self, *, private_allowed: bool, verify: ssl.SSLContext | bool = True) -> None:
        self._private_allowed = private_allowed
        self._verify = verify
        self._http: httpx.AsyncClient | None = None  # made when it is needed: it reads 140 certificates

    async def aclose(self) -> None:
        if self._http is not None:
            await self._http.aclose()

    async def send(self, url: str, secret: str, delivery: str, kind: str, body: bytes, now_s: int) -> str:
        """What came of it: the HTTP status as text, or `dns`, `address`, `connect`, `timeout`, `tls`, `broken`."""
        try:
            with trio.fail_after(ATTEMPT_S):
                target = parse_url(url, private_allowed=self._private_allowed)
                address = choose(await _resolve(target), target, private_allowed=self._private_allowed)
                if address is None:
                    return "address"
                headers = {
                    "Content-Type": "application/json",
                    "User-Agent": USER_AGENT,
                    "Treble-Event": kind,
                    "Treble-Delivery": delivery,
                    HEADER: sign(secret, now_s, body),
                }
                return await self._post(target, address, headers, body)
        except (trio.TooSlowError, httpx.TimeoutException):
            return "timeout"
        except ApiError:
            return "address"
        except OSError:
            return "dns"
        except httpx.ConnectError as error:
            return "tls" if _is_tls(error) else "connect"
        except (httpx.HTTPError, httpx.InvalidURL):
            return "broken"

    def _client(self) -> httpx.AsyncClient:
        """No proxy of the environment and no kept connection: each goes to the address that was just checked."""
        if self._http is None:
            limits = httpx.Limits(max_keepalive_connections=0)
            self._http = httpx.AsyncClient(
                verify=self._verify, trust_env=False, timeout=ATTEMPT_S, limits=limits
            )
        return self._http

    async def _post(self, target: Target, address: str, headers: dict[str, str], body: bytes) -> str:
        where = f"[{address}]" if ":" in address else address
        host = f"[{target.host}]" if ":" in target.host else target.host
        is_usual = target.port == (443 if target.scheme == "https" else 80)
        http = self._client()
        request = http.build_request(
            "POST",
            f"{target.scheme}://{where}:{target.port}{target.path}",
            content=body,
            headers={**headers, "Host": host if is_usual else f"{host}:{target.port}"},
            extensions={"sni_hostname": target.host},
        )
        response = await http.send(request, stream=True, follow_redirects=False)
        await response.aclose()
        return str(response.status_code)


def _is_tls(error: BaseException | None) -> bool:
    """Whether a failed handshake is what it comes from: several libraries stand between."""
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


def is_taken(outcome: str) -> bool:
    """Whether the receiver has it: any 2xx."""
    return len(outcome) == 3 and outcome.startswith("2")


async def _resolve(target: Target) -> list[str]:
    """Every address of the host; `OSError` if there is none."""
    found = await trio.socket.getaddrinfo(target.host, target.port, type=trio.socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]

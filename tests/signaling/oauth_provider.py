"""A real OAuth2 provider on a loopback port: OpenID Connect as Google does it, and Facebook's shapes.

Google: issuer `<base>/google`. Facebook: `facebook_url = <base>/facebook`, `facebook_graph_url = <base>/graph`.
Its page asks who signs in and has the buttons `Continue` and `Cancel`. As a process::

    python -m tests.signaling.oauth_provider --port 9400

prints `ready <base>` and the settings that `treble dev` needs. Codes are used once and bound to client, redirect and PKCE
challenge, as the standards want it; what a dishonest or broken provider does, tests switch on in `faults`.
"""

import argparse
import base64
import functools
import hashlib
import hmac
import html
import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from jwcrypto import jwk

CLIENT_ID = "treble-client"
CLIENT_SECRET = "treble-secret"
PAGE = """<!doctype html><html lang="en"><title>Sign in at {provider}</title>
<h1>Sign in at {provider}</h1>
<form method="post" action="{action}">
<label>Subject <input name="sub" value="1001"></label>
<label>Name <input name="name" value="Zoë Provider"></label>
<label>E-mail <input name="email" value="zoe@example.org"></label>
<label><input type="checkbox" name="verified" value="yes" checked> verified</label>
<button name="answer" value="continue">Continue</button>
<button name="answer" value="cancel">Cancel</button>
</form></html>"""


@dataclass
class Grant:
    provider: str
    client_id: str
    redirect_uri: str
    challenge: str
    nonce: str
    person: dict[str, str]


@dataclass
class OAuthProvider:
    """`faults`: what it does wrong. `asked`: paths of requests from servers. `claims`: put over the id_token's."""

    port: int = 0
    faults: set[str] = field(default_factory=set)
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    grants: dict[str, Grant] = field(default_factory=dict)
    access: dict[str, Grant] = field(default_factory=dict)
    now_s: Any = lambda: int(time.time())

    def __post_init__(self) -> None:
        self.key = _signing_key()
        provider = self

        class Handler(_Handler):
            owner = provider

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> "OAuthProvider":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def settings(self) -> dict[str, str]:
        return {
            "google_client_id": CLIENT_ID,
            "google_client_secret": CLIENT_SECRET,
            "google_issuer": f"{self.base}/google",
            "facebook_client_id": CLIENT_ID,
            "facebook_client_secret": CLIENT_SECRET,
            "facebook_url": f"{self.base}/facebook",
            "facebook_graph_url": f"{self.base}/graph",
        }

    def discovery(self) -> dict[str, Any]:
        issuer = f"{self.base}/google"
        return {
            "issuer": "https://evil.example" if "discovery issuer" in self.faults else issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": "http://evil.example/token"
            if "insecure token" in self.faults
            else f"{issuer}/token",
            "userinfo_endpoint": f"{issuer}/userinfo",
            "jwks_uri": f"{issuer}/jwks",
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "authorization_response_iss_parameter_supported": True,
        }

    def jwks(self) -> dict[str, Any]:
        return {"keys": [json.loads(self.key.export_public()), {"kty": "oct", "k": "AAAA", "kid": "k1"}]}

    def id_token(self, grant: Grant) -> str:
        now_s = self.now_s()
        claims = {
            "iss": f"{self.base}/google",
            "aud": grant.client_id,
            "sub": grant.person["sub"],
            "iat": now_s,
            "exp": now_s + 300,
            "nonce": grant.nonce,
            "email": grant.person["email"],
            "email_verified": grant.person.get("verified") == "yes",
            "name": grant.person["name"],
        } | self.claims
        header = {"alg": "RS256", "kid": "k1", "typ": "JWT"} | self.header
        signed = f"{_part(json.dumps(header).encode())}.{_part(json.dumps(claims).encode())}"
        return f"{signed}.{_part(self._signature(header['alg'], signed.encode()))}"

    def _signature(self, algorithm: str, signed: bytes) -> bytes:
        if algorithm == "none":
            return b""
        if algorithm == "HS256":  # with the public key, which everybody knows
            return hmac.digest(self.key.export_to_pem(), signed, "sha256")
        key = jwk.JWK.generate(kty="RSA", size=2048) if "foreign key" in self.faults else self.key
        return bytes(key.get_op_key("sign").sign(signed, PKCS1v15(), SHA256()))


class _Handler(BaseHTTPRequestHandler):
    owner: OAuthProvider
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self._answer(self._query())

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", 0))
        self._answer(self._query() | _flat(self.rfile.read(length).decode()))

    def _query(self) -> dict[str, str]:
        return _flat(urlsplit(self.path).query)

    def _answer(self, given: dict[str, str]) -> None:
        path, faults = urlsplit(self.path).path, self.owner.faults
        if path not in ("/google/authorize", "/facebook/dialog/oauth"):
            self.owner.asked.append(path)
            if "down" in faults:
                return self._json({"error": "server_error"}, 503)
            if "html" in faults:
                return self._send(200, b"<html>", "text/html")
            if "endless" in faults:
                return self._send(200, b"[" + b" " * 1_000_000, "application/json")
        match path:
            case "/google/.well-known/openid-configuration":
                return self._json(self.owner.discovery())
            case "/google/jwks":
                return self._json(self.owner.jwks())
            case "/google/authorize" | "/facebook/dialog/oauth":
                return self._authorize(path.split("/")[1], given)
            case "/google/token" | "/graph/oauth/access_token":
                return self._token("google" if path.startswith("/google") else "facebook", given)
            case "/google/userinfo" | "/graph/me":
                return self._me(path, given)
        return self._json({"error": "not_found"}, 404)

    def _authorize(self, provider: str, given: dict[str, str]) -> None:
        """GET shows the form, POST is its answer."""
        if given.get("client_id") != CLIENT_ID or given.get("code_challenge_method") != "S256":
            return self._json({"error": "invalid_request"}, 400)
        if self.command == "GET":
            page = PAGE.format(provider=provider.title(), action=html.escape(self.path))
            return self._send(200, page.encode(), "text/html; charset=utf-8")
        answer = {"state": given["state"]}
        if provider == "google":
            answer["iss"] = f"{self.owner.base}/google"
        if given.get("answer") == "continue":
            person = {key: given.get(key, "") for key in ("sub", "name", "email", "verified")}
            code = secrets.token_urlsafe(24)
            self.owner.grants[code] = Grant(
                provider,
                given["client_id"],
                given["redirect_uri"],
                given["code_challenge"],
                given.get("nonce", ""),
                person,
            )
            answer["code"] = code
        else:
            answer["error"] = "access_denied"
        return self._send(302, b"", "text/plain", location=f"{given['redirect_uri']}?{urlencode(answer)}")

    def _token(self, provider: str, given: dict[str, str]) -> None:
        grant = self.owner.grants.pop(given.get("code", ""), None)
        digest = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            grant is None
            or grant.provider != provider
            or given.get("client_id") != grant.client_id
            or given.get("client_secret") != CLIENT_SECRET
            or given.get("redirect_uri") != grant.redirect_uri
            or challenge != grant.challenge
        ):
            return self._json({"error": "invalid_grant"}, 400)
        token = secrets.token_urlsafe(24)
        self.owner.access[token] = grant
        answer = {"access_token": token, "token_type": "bearer", "expires_in": 3600}
        if provider == "google":
            answer["id_token"] = self.owner.id_token(grant)
        return self._json(answer)

    def _me(self, path: str, given: dict[str, str]) -> None:
        token = self.headers.get("authorization", "").removeprefix("Bearer ")
        grant = self.owner.access.get(token)
        proof = hmac.digest(CLIENT_SECRET.encode(), token.encode(), "sha256").hex()
        if grant is None or (path == "/graph/me" and given.get("appsecret_proof") != proof):
            return self._json({"error": {"message": "Invalid OAuth access token.", "code": 190}}, 400)
        person = grant.person
        if path == "/graph/me":
            return self._json({"id": person["sub"], "name": person["name"], "email": person["email"]})
        return self._json({"sub": person["sub"], "name": person["name"], "email": person["email"]})

    def _json(self, body: Any, status: int = 200) -> None:
        self._send(status, json.dumps(body).encode(), "application/json")

    def _send(self, status: int, body: bytes, kind: str, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"content-type": kind, "content-length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


@functools.cache
def _signing_key() -> jwk.JWK:
    return jwk.JWK.generate(kty="RSA", size=2048, kid="k1", use="sig", alg="RS256")


def _part(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _flat(query: str) -> dict[str, str]:
    return {key: values[-1] for key, values in parse_qs(query, keep_blank_values=True).items()}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=9400)
    with OAuthProvider(port=parser.parse_args().port) as provider:
        for name, value in provider.settings.items():
            print(f"TREBLE_{name.upper()}={value}")
        print(f"ready {provider.base}", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()

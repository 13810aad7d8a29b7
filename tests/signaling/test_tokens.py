"""Access tokens: one cell of the cross product is accepted, and what is refused costs nothing."""

import itertools
import json
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, strategies as st
from jwcrypto import jwe, jwk
from jwcrypto.common import base64url_encode

from signaling import tokens
from signaling.keyring import Keyring
from signaling.tokens import MAX_TOKEN_BYTES, BadToken, ExpiredToken, Tokens, key_id_untrusted
from treble.api import Role

NOW = 1_800_000_000
CLAIMS = {
    "typ": "access",
    "aud": "treble",
    "iss": "treble",
    "exp": NOW + 600,
    "nbf": NOW,
    "sub": "p",
    "room": "r",
    "role": "speaker",
    "name": "Zo\u00eb",
}
ACCOUNT = {
    "typ": "account",
    "aud": "treble/account",
    "iss": "treble",
    "exp": NOW + 600,
    "nbf": NOW,
    "sub": "s",
    "name": "Zo\u00eb",
    "verified": True,
    "guest": False,
    "session": "f",
    "since": NOW,
}


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    return Keyring(tmp_path_factory.mktemp("keys") / "token")


@pytest.fixture(scope="module")
def issuer(ring: Keyring) -> Tokens:
    return Tokens(ring, "treble")


def oct_key(secret: bytes) -> jwk.JWK:
    return jwk.JWK(kty="oct", k=base64url_encode(secret))


def sealed(header: dict, claims: dict | bytes, key: jwk.JWK, compact: bool = True) -> str:
    body = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    algorithms = [header["alg"], header["enc"]]
    token = jwe.JWE(body, protected=json.dumps(header), algs=algorithms)
    token.add_recipient(key)
    return token.serialize(compact=compact)


def ours(ring: Keyring, claims: dict | bytes = CLAIMS, **header: object) -> str:
    fields = {"alg": "dir", "enc": "A256GCM", "kid": ring.active.id, "typ": "access+jwe"} | header
    return sealed({k: v for k, v in fields.items() if v is not None}, claims, oct_key(ring.active.secret))


def test_a_token_says_what_it_was_issued_for(issuer: Tokens) -> None:
    token = issuer.issue(sub="p", room="r", role=Role.COHOST, name="Zo\u00eb", now_s=NOW, admission=True)
    claims = issuer.open(token, NOW)
    assert (claims.sub, claims.room, claims.role, claims.name) == ("p", "r", Role.COHOST, "Zo\u00eb")
    assert (claims.exp - claims.nbf, claims.admission) == (600, True)
    assert len(token.split(".")) == 5
    assert "Zoë" not in token
    assert "eyJzdWIi" not in token


def test_an_account_token_says_who_somebody_is(issuer: Tokens) -> None:
    token = issuer.issue_account(
        sub="s",
        name="Zo\u00eb",
        verified=True,
        guest=False,
        session="f",
        since=NOW - 5,
        email="zoe@example.org",
        now_s=NOW,
    )
    claims = issuer.open_account(token, NOW)
    assert (claims.sub, claims.name, claims.verified, claims.guest) == ("s", "Zo\u00eb", True, False)
    assert (claims.session, claims.since, claims.email, claims.picture) == (
        "f",
        NOW - 5,
        "zoe@example.org",
        None,
    )
    with pytest.raises(ExpiredToken):
        issuer.open_account(token, NOW + 600)


def test_the_kinds_do_not_open_as_each_other(ring: Keyring, issuer: Tokens) -> None:
    """Also not with the other's header, or the other's claims below the right header."""
    room = issuer.issue(sub="s", room="r", role=Role.HOST, name="n", now_s=NOW)
    account = issuer.issue_account(
        sub="s", name="n", verified=True, guest=False, session="f", since=NOW, now_s=NOW
    )
    both = CLAIMS | ACCOUNT
    for token in (account, ours(ring, ACCOUNT), ours(ring, both), ours(ring, CLAIMS, typ="account+jwe")):
        with pytest.raises(BadToken):
            issuer.open(token, NOW)
    accounts = {"typ": "account+jwe"}
    for token in (
        room,
        ours(ring, CLAIMS, **accounts),
        ours(ring, both | CLAIMS, **accounts),
        ours(ring, ACCOUNT),
    ):
        with pytest.raises(BadToken):
            issuer.open_account(token, NOW)
    assert issuer.open_account(ours(ring, ACCOUNT, **accounts), NOW).sub == "s"


# --- the cross product ------------------------------------------------------------------------------------------

CEK_BYTES = {"A256GCM": 32, "A128GCM": 16, "A192GCM": 24, "A256CBC-HS512": 64, "A128CBC-HS256": 32}
ALGORITHMS = ["dir", "A256KW", "A256GCMKW", "PBES2-HS256+A128KW", "RSA-OAEP-256", "ECDH-ES"]
TYPES = ["access+jwe", "account+jwe", "refresh+jwe", "JWT", None]
KINDS = {"access": CLAIMS, "account": ACCOUNT, "refresh": CLAIMS | {"typ": "refresh"}}
EXTRAS = [{}, {"zip": "DEF"}, {"cty": "JWT"}, {"jku": "https://evil.example/keys"}]
RSA = jwk.JWK.generate(kty="RSA", size=2048)
EC = jwk.JWK.generate(kty="EC", crv="P-256")


def key_for(alg: str, enc: str, secret: bytes) -> jwk.JWK:
    if alg == "RSA-OAEP-256":
        return RSA
    if alg == "ECDH-ES":
        return EC
    return oct_key((secret * 2)[: CEK_BYTES[enc]] if alg == "dir" else secret)


def cells() -> Iterator[tuple]:
    return itertools.product(
        ALGORITHMS, CEK_BYTES, TYPES, KINDS, ["ours", "foreign"], EXTRAS, ["compact", "json"]
    )


@pytest.mark.parametrize("wanted", ["access", "account"])
def test_one_cell_of_the_cross_product_is_accepted(
    ring: Keyring, issuer: Tokens, monkeypatch: pytest.MonkeyPatch, wanted: str
) -> None:
    opening = {"access": issuer.open, "account": issuer.open_account}[wanted]
    monkeypatch.setattr(jwe, "default_allowed_algs", [*ALGORITHMS, *CEK_BYTES], raising=False)
    accepted, tried = [], 0
    for cell in cells():
        alg, enc, typ, kind, owner, extra, form = cell
        if (alg != "dir" or enc != "A256GCM") and (extra or kind != wanted or owner == "foreign"):
            continue  # one wrong thing more: nothing new, and key wrapping is slow
        secret = ring.active.secret if owner == "ours" else b"f" * 32
        header = {"alg": alg, "enc": enc, "kid": ring.active.id, "typ": typ} | extra
        header = {key: value for key, value in header.items() if value is not None}
        token = sealed(header, KINDS[kind], key_for(alg, enc, secret), form == "compact")
        tried += 1
        try:
            opening(token, NOW)
        except BadToken:
            continue
        accepted.append(cell)
    assert accepted == [("dir", "A256GCM", f"{wanted}+jwe", wanted, "ours", {}, "compact")]
    assert tried > 250


@pytest.mark.parametrize(
    "extra",
    [
        {"jwk": {"kty": "oct", "k": "AAAA"}},
        {"x5u": "https://evil.example"},
        {"x5c": ["AAAA"]},
        {"crit": ["exp"], "exp": 1},
        {"p2c": 2**31, "p2s": "AAAA"},
        {"apu": "x"},
        {"kid": "unknown"},
        {"kid": 7},
        {"kid": ""},
        {"typ": "ACCESS+JWE"},
        {"typ": ["access+jwe"]},
        {"typ": None},
        {"kid": None},
    ],
)
def test_any_other_header_is_refused(ring: Keyring, issuer: Tokens, extra: dict) -> None:
    with pytest.raises(BadToken):
        issuer.open(ours(ring, **extra), NOW)


def test_a_header_with_a_key_twice_is_refused(ring: Keyring, issuer: Tokens) -> None:
    good = ours(ring)
    header = f'{{"alg":"none","alg":"dir","enc":"A256GCM","kid":"{ring.active.id}","typ":"access+jwe"}}'
    with pytest.raises(BadToken, match="header"):
        issuer.open(".".join([base64url_encode(header), *good.split(".")[1:]]), NOW)


@pytest.mark.parametrize(
    "claims",
    [
        *({key: value for key, value in CLAIMS.items() if key != missing} for missing in CLAIMS),
        CLAIMS | {"aud": "other"},
        CLAIMS | {"iss": "other"},
        CLAIMS | {"typ": "refresh"},
        CLAIMS | {"role": "owner"},
        CLAIMS | {"exp": str(NOW + 600)},
        CLAIMS | {"exp": float("inf")},
        CLAIMS | {"nbf": NOW + 3600},
        CLAIMS | {"sub": None},
        [CLAIMS],
        b"",
        b"\xff",
        b"[" * 4000,
    ],
)
def test_every_claim_of_a_room_token_counts(ring: Keyring, issuer: Tokens, claims: object) -> None:
    with pytest.raises(BadToken):
        issuer.open(ours(ring, claims), NOW)


@pytest.mark.parametrize(
    "claims",
    [
        *({key: value for key, value in ACCOUNT.items() if key != missing} for missing in ACCOUNT),
        ACCOUNT | {"aud": "treble"},
        ACCOUNT | {"iss": "other"},
        ACCOUNT | {"typ": "access"},
        ACCOUNT | {"verified": "yes"},
        ACCOUNT | {"guest": 0},
        ACCOUNT | {"exp": float("inf")},
        ACCOUNT | {"nbf": NOW + 3600},
        ACCOUNT | {"email": ["a@example.org"]},
        [ACCOUNT],
        b"",
    ],
)
def test_every_claim_of_an_account_token_counts(ring: Keyring, issuer: Tokens, claims: object) -> None:
    with pytest.raises(BadToken):
        issuer.open_account(ours(ring, claims, typ="account+jwe"), NOW)


def test_time(issuer: Tokens) -> None:
    token = issuer.issue(sub="p", room="r", role=Role.HOST, name="n", now_s=NOW)
    issuer.open(token, NOW + 599)
    issuer.open(token, NOW - 60)  # the issuer's clock was a minute ahead
    with pytest.raises(ExpiredToken):
        issuer.open(token, NOW + 600)
    with pytest.raises(BadToken, match="nbf"):
        issuer.open(token, NOW - 61)
    assert issuer.open(token, NOW + 10**6, allow_expired=True).sub == "p"


# --- cost -------------------------------------------------------------------------------------------------------


@pytest.fixture
def without_jwcrypto(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("jwcrypto was asked")

    monkeypatch.setattr(tokens.jwe, "JWE", never)


def test_a_zip_bomb_is_refused_before_jwcrypto(
    ring: Keyring, issuer: Tokens, request: pytest.FixtureRequest
) -> None:
    small_bomb = ours(ring, b" " * 1_000_000, zip="DEF")
    account_bomb = ours(ring, b" " * 1_000_000, zip="DEF", typ="account+jwe")
    assert max(len(small_bomb), len(account_bomb)) < MAX_TOKEN_BYTES
    request.getfixturevalue("without_jwcrypto")
    tracemalloc.start()
    try:
        with pytest.raises(BadToken, match="header"):
            issuer.open(small_bomb, NOW)
        with pytest.raises(BadToken, match="header"):
            issuer.open_account(account_bomb, NOW)
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


@pytest.mark.usefixtures("without_jwcrypto")
@pytest.mark.parametrize("token", ["a" * 5_000_000, "." * 5_000_000, "a" * (MAX_TOKEN_BYTES + 1)])
def test_five_megabytes_are_refused_by_their_length(issuer: Tokens, token: str) -> None:
    started = time.thread_time()
    for opening in (issuer.open, issuer.open_account):
        with pytest.raises(BadToken, match="length"):
            opening(token, NOW)
    assert time.thread_time() - started < 0.1


@pytest.mark.usefixtures("without_jwcrypto")
def test_pbes2_with_many_rounds_is_refused_without_one(ring: Keyring, issuer: Tokens) -> None:
    header = {"alg": "PBES2-HS256+A128KW", "enc": "A256GCM", "kid": ring.active.id, "typ": "access+jwe"}
    header |= {"p2c": 2**31, "p2s": "AAAA"}
    token = f"{base64url_encode(json.dumps(header))}.{'A' * 54}.{'A' * 16}.AAAA.{'A' * 22}"
    with pytest.raises(BadToken):
        issuer.open(token, NOW)


@given(st.text(max_size=300) | st.lists(st.text("Aa0_-=", max_size=30), max_size=7).map(".".join))
def test_nonsense_raises_one_exception(text: str) -> None:
    with pytest.raises(BadToken):
        key_id_untrusted(text)


@given(st.recursive(st.none() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_nonsense_in_the_header_raises_one_exception(header: object) -> None:
    part = base64url_encode(msgspec.json.encode(header))
    with pytest.raises(BadToken):
        key_id_untrusted(f"{part}..{'A' * 16}.AAAA.{'A' * 22}")


def test_a_deep_header_raises_one_exception() -> None:
    with pytest.raises(BadToken):
        key_id_untrusted(f"{base64url_encode('[' * 300)}..{'A' * 16}.AAAA.{'A' * 22}")


def test_a_changed_byte_anywhere_is_noticed(ring: Keyring, issuer: Tokens) -> None:
    token = ours(ring)
    for place in range(0, len(token) - 1, 7):
        changed = token[:place] + ("B" if token[place] == "A" else "A") + token[place + 1 :]
        with pytest.raises(BadToken):
            issuer.open(changed, NOW)


# --- keys -------------------------------------------------------------------------------------------------------


def test_rotation_seals_with_the_new_key_and_opens_with_both(tmp_path: Path) -> None:
    ring, beside = Keyring(tmp_path / "k"), Keyring(tmp_path / "k")
    mine, others = Tokens(ring, "treble"), Tokens(beside, "treble")
    old = mine.issue(sub="p", room="r", role=Role.HOST, name="n", now_s=NOW)
    ring.rotate()
    new = mine.issue(sub="p", room="r", role=Role.HOST, name="n", now_s=NOW)
    assert key_id_untrusted(old) != key_id_untrusted(new)
    for token in (old, new):
        assert others.open(token, NOW).sub == "p"  # the other process has not been told
    who = {"sub": "s", "name": "n", "verified": True, "guest": False, "session": "f", "since": NOW}
    assert others.open_account(mine.issue_account(**who, now_s=NOW), NOW).sub == "s"
    (tmp_path / "k" / key_id_untrusted(old)).unlink()
    with pytest.raises(BadToken, match="kid"):
        Tokens(Keyring(tmp_path / "k"), "treble").open(old, NOW)

import pytest

from signaling.origin import bearer_token, is_allowed, normal_origin

ALLOWED = {normal_origin("https://meet.example.org")}
HOST = "treble.test:8443"


@pytest.mark.parametrize(
    ("origin", "authorization", "allowed"),
    [
        ("https://treble.test:8443", None, True),
        ("https://TREBLE.test:8443", None, True),
        ("https://meet.example.org", None, True),
        ("https://meet.example.org:443", None, True),
        (None, "Bearer abc", True),
        (None, None, False),
        (None, "", False),
        (None, "Bearer ", False),
        (None, "Basic abc", False),
        ("null", None, False),
        ("null", "Bearer abc", False),
        ("", "Bearer abc", False),
        ("http://treble.test:8443", None, False),
        ("https://treble.test", None, False),
        ("https://treble.test:8444", None, False),
        ("https://evil-meet.example.org", None, False),
        ("https://meet.example.org.evil.net", None, False),
        ("https://meet.example.orgevil.net", None, False),
        ("https://treble.test:8443.evil.net", None, False),
        ("https://treble.test:8443@evil.net", None, False),
        ("https://evil.net/https://meet.example.org", None, False),
        ("https://evil.net#https://meet.example.org", None, False),
        ("https://meet.example.org/", None, False),
        ("https://meet.example.org, https://evil.net", None, False),
        ("https://meet.example.\norg", None, False),
        ("https://evil.net", "Bearer abc", False),
    ],
)
def test_the_table(origin, authorization, allowed):
    assert is_allowed(origin, HOST, authorization, ALLOWED) is allowed


def test_the_default_port_may_be_said_or_not():
    assert is_allowed("https://a.test", "a.test:443", None, ())
    assert is_allowed("https://[::1]:8443", "[::1]:8443", None, ())


def test_pages_of_this_machine_need_no_tls_but_must_be_listed():
    allowed = {normal_origin("http://localhost:5173")}
    assert is_allowed("http://localhost:5173", HOST, None, allowed)
    assert not is_allowed("http://localhost:5173", HOST, None, ())
    assert not is_allowed("https://localhost:5173", HOST, None, allowed)
    assert not is_allowed("http://localhost:5173", "localhost:5173", None, ())
    assert normal_origin("http://meet.example.org") is None


def test_without_a_host_header_only_the_list_counts():
    assert not is_allowed("https://a.test", None, None, ALLOWED)
    assert is_allowed("https://meet.example.org", None, None, ALLOWED)


@pytest.mark.parametrize(
    ("header", "token"),
    [("Bearer a.b", "a.b"), ("bearer  a", "a"), ("Bearer a b", None), ("a", None), (None, None)],
)
def test_bearer_tokens(header, token):
    assert bearer_token(header) == token

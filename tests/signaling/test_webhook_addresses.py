"""Where webhooks may go."""

import pytest

from signaling.webhooks.addresses import choose, is_public, parse_url
from treble.api import ApiError


@pytest.mark.parametrize("address", ["93.184.215.14", "1.1.1.1", "2606:2800:220:1:248:1893:25c8:1946"])
def test_addresses_of_the_internet(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::1",
        "2001:db8::1",
        "192.0.2.1",
        "localhost",
        "",
    ],
)
def test_addresses_inside_however_they_are_written(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.org/x",
        "ftp://hooks.example.org/x",
        "https://",
        "https:///x",
        "//hooks.example.org",
        "https://user:pass@hooks.example.org/x",
        "https://hooks.example.org/x#y",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://[::ffff:127.0.0.1]/x",
        "https://localhost/x",
        "https://db.internal/x",
        "https://hooks.example.org:99999/x",
        "https://hooks.example.org/a b",
        "https://hooks.example.org/\r\nX: y",
        "https://h\u00f6oks.example.org/",
        "https://[::1/x",
        "https://hooks.example.org/" + "x" * 1000,
    ],
)
def test_urls_that_are_no_receivers_of_the_internet(url: str) -> None:
    with pytest.raises(ApiError, match=r"bad\.url"):
        parse_url(url, private_allowed=False)


def test_a_url_in_parts() -> None:
    target = parse_url("https://hooks.example.org:8443/a/b?c=d", private_allowed=False)
    assert target == ("https", "hooks.example.org", 8443, "/a/b?c=d")
    assert parse_url("https://hooks.example.org", private_allowed=False).path == "/"
    assert parse_url("http://127.0.0.1/x", private_allowed=True).port == 80


def test_a_name_that_points_inside_is_not_followed() -> None:
    outside = parse_url("https://hooks.example.org/", private_allowed=False)
    assert choose(["10.0.0.1", "1.1.1.1"], outside, private_allowed=False) == "1.1.1.1"
    assert choose(["10.0.0.1", "::1"], outside, private_allowed=False) is None
    assert choose(["10.0.0.1"], outside, private_allowed=True) == "10.0.0.1"


def test_plain_http_never_leaves_for_the_internet() -> None:
    plain = parse_url("http://hooks.example.org/", private_allowed=True)
    assert choose(["1.1.1.1"], plain, private_allowed=True) is None
    assert choose(["192.168.1.1"], plain, private_allowed=True) == "192.168.1.1"

"""The tests' own network: real addresses, no way out."""

import socket

import pytest
import trio

from tests.browser.namespace import ADDRESS, ADDRESS_IPV6

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("family", "address"), [(socket.AF_INET, ADDRESS), (socket.AF_INET6, ADDRESS_IPV6)], ids=["ipv4", "ipv6"]
)
async def test_datagrams_reach_the_veth_address_from_itself(
    family: socket.AddressFamily, address: str
) -> None:
    with (
        trio.socket.socket(family, socket.SOCK_DGRAM) as server,
        trio.socket.socket(family, socket.SOCK_DGRAM) as client,
    ):
        await server.bind((address, 0))
        await client.connect(server.getsockname())
        await client.send(b"hello")
        with trio.fail_after(30):
            data, sender = await server.recvfrom(100)
        assert data == b"hello"
        assert sender[0] == address


def test_nothing_but_the_veth_pair_and_loopback_is_there() -> None:
    assert {name for _, name in socket.if_nameindex()} == {"lo", "treble0", "treble1"}

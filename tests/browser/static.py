"""A static page over HTTPS, with a certificate that nobody trusts: getUserMedia asks for a secure context."""

import datetime
import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import h11
import trio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.browser.namespace import ADDRESS


@asynccontextmanager
async def serve_page(body: str, folder: Path) -> AsyncIterator[str]:
    """Answer every GET on an HTTPS port of the namespace with `body`; gives the URL."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(_certificate(folder))
    async with trio.open_nursery() as nursery:
        listeners = await trio.open_ssl_over_tcp_listeners(0, context, host=ADDRESS)
        transport = listeners[0].transport_listener
        assert isinstance(transport, trio.SocketListener)
        port = transport.socket.getsockname()[1]
        nursery.start_soon(trio.serve_listeners, lambda stream: _answer(stream, body.encode()), listeners)
        yield f"https://{ADDRESS}:{port}/"
        nursery.cancel_scope.cancel()


async def _answer(stream: trio.SSLStream[trio.SocketStream], body: bytes) -> None:
    connection = h11.Connection(h11.SERVER)
    try:
        while not isinstance(event := connection.next_event(), h11.EndOfMessage | h11.ConnectionClosed):
            if event is h11.NEED_DATA:
                connection.receive_data(bytes(await stream.receive_some(65536)))
        if isinstance(event, h11.EndOfMessage):
            headers = [("content-type", "text/html; charset=utf-8"), ("connection", "close")]
            for part in (
                h11.Response(status_code=200, headers=headers),
                h11.Data(data=body),
                h11.EndOfMessage(),
            ):
                await stream.send_all(connection.send(part) or b"")
        await stream.aclose()
    except (trio.BrokenResourceError, trio.ClosedResourceError, h11.RemoteProtocolError):
        await trio.aclose_forcefully(stream)


def _certificate(folder: Path) -> Path:
    """A self-signed certificate and its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "treble browser tests")])
    now = datetime.datetime.now(datetime.UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(ADDRESS))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "static.pem"
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return path

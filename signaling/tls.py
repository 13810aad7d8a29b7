"""The server's TLS context, made anew when its files change, for the connections that come after."""

import os
import ssl
from pathlib import Path
from typing import Final

import structlog
import trio

POLL_SECONDS: Final = 2.0
CIPHERS: Final = "ECDHE+AESGCM:ECDHE+CHACHA20"  # of TLS 1.2; TLS 1.3 has good ones only

_log = structlog.get_logger("signaling.tls")


class TlsError(Exception):
    """Certificate or key cannot be used; the text names the configuration key and the file."""


class TlsContext:
    """`context` is the one for the next connection."""

    def __init__(self, certificate: Path, key: Path) -> None:
        """Raises `TlsError`."""
        self._certificate = certificate
        self._key = key
        self._loaded = self._stamp()
        self.context = make_context(certificate, key)

    async def watch(self) -> None:
        """Look at the files every two seconds; a pair that cannot be used leaves the old one in force."""
        while True:
            await trio.sleep(POLL_SECONDS)
            self.reload_if_changed()

    def reload_if_changed(self) -> bool:
        stamp = self._stamp()
        if stamp == self._loaded:
            return False
        try:
            self.context = make_context(self._certificate, self._key)
        except TlsError as error:  # one of the two files may still be being written: tried again at each look
            _log.warning("certificate not reloaded", error=str(error))
            return False
        self._loaded = stamp
        _log.info("certificate reloaded", certificate=str(self._certificate))
        return True

    def _stamp(self) -> list[tuple[int, int, int] | None]:
        return [_stamp(path) for path in (self._certificate, self._key)]


def make_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """TLS 1.2 and later, ALPN `http/1.1` only. Raises `TlsError`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    context.set_alpn_protocols(["http/1.1"])
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    for setting, path in (("certificate", certificate), ("key", key)):
        try:
            path.read_bytes()
        except OSError as error:
            raise TlsError(f"{setting}: {path}: {error.strerror}") from None
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except ssl.SSLError as error:
        raise TlsError(
            f"certificate, key: {certificate} and {key} do not fit together: {error.reason}"
        ) from None
    return context


def _no_password() -> str:
    raise TlsError("key: the file is encrypted; give one without a password that only the server may read")


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino

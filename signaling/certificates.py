"""The data folder's own certificate authority: for the development server and for TLS between servers.
servers.

One EC P-256 authority in `<data>/ca/`, made on first use; its key never leaves the folder and only its owner
may read it. A person trusts `ca.pem` once, then every certificate issued here is good in that person's
browser. So the authority signs for two purposes that must not mix: the public certificate may only be a TLS
server, the servers' own certificates carry a name below `treble.internal` that no browser ever asks for.
"""

import contextlib
import datetime
import fcntl
import ipaddress
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

FOLDER: Final = "ca"
AUTHORITY_DAYS: Final = 3650
# Chromium and Safari refuse server certificates that are valid for longer than 398 days.
ISSUED_DAYS: Final = 397
RENEW_DAYS: Final = 30
INTERNAL_DOMAIN: Final = "treble.internal"


class CertificateError(Exception):
    """The folder's authority cannot be used; the text names the file and what to do."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate and its key, PEM."""

    certificate: bytes
    key: bytes


@dataclass(frozen=True, slots=True)
class Authority:
    """`path` is the certificate that people and servers trust."""

    path: Path
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def issue_server(self, names: Sequence[str]) -> Issued:
        """For browsers: a TLS server with these host names and addresses, and nothing else."""
        return self._issue(names[0], names, [ExtendedKeyUsageOID.SERVER_AUTH])

    def issue_internal(self, kind: str) -> Issued:
        """For mutual TLS between servers: both a client and a server, named `<kind>.treble.internal`."""
        name = f"{kind}.{INTERNAL_DOMAIN}"
        return self._issue(name, [name], [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])

    def _issue(self, common_name: str, names: Sequence[str], usages: list[x509.ObjectIdentifier]) -> Issued:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            _builder(common_name, key.public_key(), ISSUED_DAYS)
            .issuer_name(self.certificate.subject)
            .add_extension(
                x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False
            )
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(is_authority=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
            .add_extension(_authority_key_id(self.key), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        return Issued(certificate.public_bytes(serialization.Encoding.PEM), _key_pem(key))


def load_or_create(data: Path) -> Authority:
    """The data folder's authority, made if there is none. Safe beside other processes doing the same.

    Raises `CertificateError`.
    """
    folder = data / FOLDER
    certificate_path, key_path = folder / "ca.pem", folder / "ca-key.pem"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(folder):
            if not key_path.exists():
                _create(certificate_path, key_path)
            return _load(certificate_path, key_path)
    except OSError as error:
        raise CertificateError(f"{error.filename}: {error.strerror}") from None


def server_certificate(authority: Authority, names: Sequence[str]) -> tuple[Path, Path]:
    """Paths of a server certificate and key for `names` beside the authority; issued anew when the names have
    changed, when fewer than 30 days are left, or when another authority issued it.
    """
    folder = authority.path.parent
    certificate_path, key_path = folder / "server.pem", folder / "server-key.pem"
    with _locked(folder):
        if not _is_usable(certificate_path, key_path, authority, names):
            issued = authority.issue_server(names)
            write_secret(key_path, issued.key)
            write_file(certificate_path, issued.certificate + authority.pem)
    return certificate_path, key_path


def _create(certificate_path: Path, key_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = f"Treble development CA {os.urandom(3).hex()}"
    builder = _builder(name, key.public_key(), AUTHORITY_DAYS)
    certificate = (
        builder.issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(is_authority=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    write_file(certificate_path, certificate.public_bytes(serialization.Encoding.PEM))
    write_secret(key_path, _key_pem(key))


def _load(certificate_path: Path, key_path: Path) -> Authority:
    if key_path.stat().st_mode & 0o077:
        raise CertificateError(f"{key_path} may be read by others: chmod 600 {key_path}")
    try:
        certificate = x509.load_pem_x509_certificate(certificate_path.read_bytes())
        key = serialization.load_pem_private_key(key_path.read_bytes(), None)
    except ValueError as error:
        raise CertificateError(
            f"{certificate_path.parent}: cannot read the authority ({error}); delete the folder for a new one"
        ) from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise CertificateError(f"{key_path} is not the key of {certificate_path}; delete both for new ones")
    return Authority(certificate_path, certificate, key)


def _is_usable(certificate_path: Path, key_path: Path, authority: Authority, names: Sequence[str]) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate(certificate_path.read_bytes())
        certificate.verify_directly_issued_by(authority.certificate)
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        key = serialization.load_pem_private_key(key_path.read_bytes(), None)
    except Exception:  # whatever is wrong with it, a new one is issued
        return False
    left = certificate.not_valid_after_utc - datetime.datetime.now(datetime.UTC)
    return (
        set(found) == {_general_name(name) for name in names}
        and left > datetime.timedelta(days=RENEW_DAYS)
        and key.public_key() == certificate.public_key()
    )


def _builder(common_name: str, public_key: ec.EllipticCurvePublicKey, days: int) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64])]))
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=days))
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _key_usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _authority_key_id(key: ec.EllipticCurvePrivateKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Gateway, room and media server may start at once on one folder."""
    handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def write_secret(path: Path, content: bytes) -> None:
    write_file(path, content, 0o600)


def write_file(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Whole or not at all: readers see the old file or the new one."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
    with open(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.rename(draft, path)

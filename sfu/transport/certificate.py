"""The process's one DTLS certificate: ECDSA P-256, self-signed, made at start (7.5 ms) and never stored."""

import datetime
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, slots=True)
class Certificate:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def fingerprint(self) -> str:
        """As in `a=fingerprint`: "sha-256 AB:CD:..."."""
        return "sha-256 " + self.certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def make_certificate(now: datetime.datetime) -> Certificate:
    """Valid for a year from a day before `now`, as clocks differ; browsers check the fingerprint only."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "treble")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    return Certificate(certificate, key)

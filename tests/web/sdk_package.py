"""The npm package of the SDK: made as `make sdk` makes it, installed into an empty folder."""

import shutil
import subprocess
from contextlib import AbstractContextManager
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

from tests.web.serve import serve

ROOT = Path(__file__).parents[2]
WEB = ROOT / "web"
TSC = WEB / "node_modules" / ".bin" / "tsc"
QUIET = ("--no-audit", "--no-fund", "--loglevel=error")
SECONDS = 120


class CommandFailed(Exception):
    """A command that should have worked; the text is what it said."""


def run(*command: str | Path, folder: Path = ROOT) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False)
    if done.returncode != 0:
        raise CommandFailed(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def install_compiler() -> None:
    """`make test` has done so; this is for whoever calls pytest alone."""
    if not TSC.exists():
        run(npm(), "ci", "--prefer-offline", *QUIET, folder=WEB)


def npm() -> str:
    found = shutil.which("npm")
    assert found, "npm is missing: deploy/install-packages.sh test"
    return found


def pack(folder: Path) -> Path:
    """Build the package below `folder`; gives its tarball."""
    install_compiler()
    run("node", WEB / "package" / "build.mjs", folder / "sdk")
    name = run(npm(), "pack", "--pack-destination", folder, *QUIET, folder=folder / "sdk").split()[-1]
    return folder / name


def install(tarball: Path, folder: Path) -> Path:
    """An empty folder with the package in it and nothing else; no registry is asked."""
    folder.mkdir()
    run(npm(), "install", "--offline", *QUIET, tarball, folder=folder)
    assert [each.name for each in (folder / "node_modules").iterdir() if not each.name.startswith(".")] == [
        "treble-client"
    ]
    return folder


class _Handler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Silent: a test's output is its own."""


def serve_folder(folder: Path) -> AbstractContextManager[str]:
    """The origin of a plain web server, on this machine without TLS as a developer has it."""
    return serve(partial(_Handler, directory=str(folder)))

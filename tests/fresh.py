"""What this source is to others: `python -m tests.fresh FOLDER` clones, builds and installs it as they would.

    FOLDER/clone     a fresh clone of what is committed; `make sdk` and `pip wheel` are done there
    FOLDER/python    a new environment with the wheel, and what that asks for from the index this machine uses
    FOLDER/page      an empty folder with the npm package
    FOLDER/program   the same for a TypeScript program, with a compiler of its own

It needs the package indexes, which browser tests cannot reach from their network namespace: `make test-client` does this
first and says in `TREBLE_FRESH` where.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TYPESCRIPT = json.loads((ROOT / "web" / "package.json").read_text())["devDependencies"]["typescript"]
QUIET = ("--no-audit", "--no-fund", "--loglevel=error")


@dataclass(frozen=True)
class Fresh:
    folder: Path

    @property
    def python(self) -> str:
        return str(self.folder / "python" / "bin" / "python")

    @property
    def treble(self) -> str:
        return str(self.folder / "python" / "bin" / "treble")

    @property
    def page(self) -> Path:
        return self.folder / "page"

    @property
    def program(self) -> Path:
        return self.folder / "program"


def installed() -> Fresh:
    """What `make test-client` has installed; skips the test where it was not."""
    folder = os.environ.get("TREBLE_FRESH")
    if not folder:
        pytest.skip("builds and installs the packages: minutes (make test-client)")
    return Fresh(Path(folder))


def outside() -> dict[str, str]:
    """The environment, without what points into this source."""
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}


def run(*command: str | Path, folder: Path) -> None:
    print("+", *command, flush=True)
    subprocess.run(command, cwd=folder, env=outside(), check=True)


def install(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    fresh, clone = Fresh(folder), folder / "clone"
    run("git", "clone", "--quiet", ROOT, clone, folder=folder)
    install_package(fresh, clone)
    install_wheel(fresh, clone)


def install_package(fresh: Fresh, clone: Path) -> None:
    run("make", "--silent", "sdk", folder=clone)
    (tarball,) = (clone / "build").glob("treble-client-*.tgz")
    for place, more in ((fresh.page, ()), (fresh.program, (f"typescript@{TYPESCRIPT}",))):
        place.mkdir()
        run("npm", "install", *QUIET, tarball, *more, folder=place)


def install_wheel(fresh: Fresh, clone: Path) -> None:
    """Builds with what `pyproject.toml` asks for, none of the tests' environment."""
    run(sys.executable, "-m", "venv", fresh.folder / "python", folder=fresh.folder)
    pip = (fresh.python, "-m", "pip", "--quiet", "--disable-pip-version-check")
    run(*pip, "wheel", "--no-deps", "--wheel-dir", fresh.folder, clone, folder=fresh.folder)
    (wheel,) = fresh.folder.glob("treble-*.whl")
    run(*pip, "install", wheel, folder=fresh.folder)


if __name__ == "__main__":
    install(Path(sys.argv[1]).resolve())

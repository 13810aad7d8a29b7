"""The npm package: types hold, it installs into an empty folder, a strict TypeScript program compiles against it."""

import json
from pathlib import Path

import pytest

from tests.fresh import installed
from tests.web.sdk_package import ROOT, TSC, WEB, install, install_compiler, pack, run

PROGRAM = Path(__file__).parent / "program.ts"
STRICT = {
    "compilerOptions": {
        "strict": True,
        "noEmit": True,
        "noUncheckedIndexedAccess": True,
        "exactOptionalPropertyTypes": True,
        "skipLibCheck": False,
        "target": "es2023",
        "lib": ["es2023", "dom", "dom.iterable"],
        "module": "nodenext",
        "types": [],
    },
    "files": ["program.ts"],
}


def test_the_types_of_sdk_and_page_hold() -> None:
    install_compiler()
    assert run(TSC, "-p", WEB) == ""


def test_a_strict_program_compiles_against_the_installed_package(tmp_path: Path) -> None:
    folder = install(pack(tmp_path), tmp_path / "app")
    write_program(folder)
    assert run(TSC, "-p", folder) == ""
    package = folder / "node_modules" / "treble-client"
    assert (package / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()
    exports = json.loads((package / "package.json").read_text())["exports"]
    for places in (exports["."], exports["./embed"]):
        assert all((package / place).is_file() for place in places.values())


def test_it_compiles_with_a_compiler_of_its_own_where_both_were_installed() -> None:
    folder = installed().program
    write_program(folder)
    assert run(folder / "node_modules" / ".bin" / "tsc", "-p", folder, folder=folder) == ""


def write_program(folder: Path) -> None:
    (folder / "program.ts").write_text(PROGRAM.read_text())
    (folder / "tsconfig.json").write_text(json.dumps(STRICT))
    package = folder / "package.json"
    said = json.loads(package.read_text()) if package.exists() else {}
    package.write_text(json.dumps({**said, "type": "module"}))


@pytest.mark.parametrize("name", ["minimal.html", "embed.html"])
def test_the_examples_stay_small(name: str) -> None:
    assert len((WEB / "examples" / name).read_text().splitlines()) < 60

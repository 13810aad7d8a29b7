"""Fetches what the page uses of others' npm packages into `web/vendor/`: pinned, checked by its hash, no Node needed.

`python3 deploy/fetch_web_packages.py`. The registry is npm's own or the one that `npm_config_registry` or `.npmrc` names.
A server without these files works; its page then offers less. So a failure is one line, and no error.
"""

import base64
import hashlib
import io
import os
import re
import shutil
import sys
import tarfile
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

REGISTRY: Final = "https://registry.npmjs.org/"
VENDOR: Final = Path(__file__).parent.parent / "web" / "vendor"
TIMEOUT_S: Final = 20
STAMP: Final = ".integrity"


class Package(NamedTuple):
    """`files`: those that are kept, by their path in the tarball; they lie side by side in `folder`."""

    name: str
    version: str
    integrity: str
    folder: str
    files: tuple[str, ...]
    serves: str


PACKAGES: Final = (
    Package(
        "@twilio/video-processors",
        "3.2.0",
        "sha512-R0klQMTydaYAMmeZHTTVR/c9S6H0V7i88ne7v8fE0wCkzuVfZLHzDObHOuQuWdUClL6ycGHyU+X7l0chM0wbjw==",
        "segmenter",
        (
            "LICENSE.md",
            "dist/build/tflite-simd-1-0-0.js",
            "dist/build/tflite-simd-1-0-0.wasm",
            "dist/build/selfie_segmentation_landscape.tflite",
        ),
        "background blur",
    ),
)


def registry(environment: Mapping[str, str], npmrcs: tuple[Path, ...]) -> str:
    """As npm finds it: environment, then the project's `.npmrc`, then the user's."""
    found = environment.get("npm_config_registry") or environment.get("NPM_CONFIG_REGISTRY")
    for path in () if found else npmrcs:
        text = path.read_text(errors="replace") if path.is_file() else ""
        if line := re.search(r"^\s*registry\s*=\s*(\S+)", text, re.MULTILINE):
            found = line[1]
            break
    return (found or REGISTRY).rstrip("/") + "/"


def fetch(package: Package, source: str, vendor: Path) -> bool:
    """Whether it had to be fetched. OSError and ValueError: it is not there, and what was there before still is."""
    target = vendor / package.folder
    stamp = target / STAMP
    if stamp.is_file() and stamp.read_text() == package.integrity:
        return False
    short = package.name.rpartition("/")[2]
    address = f"{source}{package.name}/-/{short}-{package.version}.tgz"
    with urllib.request.urlopen(address, timeout=TIMEOUT_S) as answer:
        tarball = answer.read()
    digest = "sha512-" + base64.b64encode(hashlib.sha512(tarball).digest()).decode()
    if digest != package.integrity:
        raise ValueError(f"{address} has another hash than the one that is pinned")
    fresh = target.with_name(f".{package.folder}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    with tarfile.open(fileobj=io.BytesIO(tarball)) as archive:
        for name in package.files:
            member = archive.extractfile(f"package/{name}")
            if member is None:
                raise ValueError(f"{address} holds no file {name}")
            (fresh / Path(name).name).write_bytes(member.read())
    (fresh / STAMP).write_text(package.integrity)
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)
    return True


def main() -> None:
    source = registry(os.environ, (Path(".npmrc"), Path.home() / ".npmrc"))
    for package in PACKAGES:
        try:
            if fetch(package, source, VENDOR):
                print(f"fetched {package.name} {package.version} for {package.serves}")
        except (OSError, ValueError, KeyError, tarfile.TarError) as error:
            print(f"no {package.serves}: {package.name} could not be fetched ({error})", file=sys.stderr)


if __name__ == "__main__":
    main()

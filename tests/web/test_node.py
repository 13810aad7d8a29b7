"""The client without a browser: its unit tests (`*.test.mjs`) under Node's own test runner, and its types."""

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
NODE = shutil.which("node")
WEB = HERE.parents[1] / "web"
TSC = WEB / "node_modules" / ".bin" / "tsc"


@pytest.mark.skipif(NODE is None, reason="Node is not on this machine")
def test_pure_modules() -> None:
    files = sorted(map(str, HERE.glob("*.test.mjs")))
    assert files
    command = [str(NODE), "--test", "--test-reporter=spec", *files]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.skipif(not TSC.exists(), reason="the packages of web/package.json are not installed")
def test_types() -> None:
    result = subprocess.run([TSC, "-p", WEB], capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stdout

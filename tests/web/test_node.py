"""Runs the client's unit tests (`*.test.mjs`): pure modules under Node's own test runner, without packages."""

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="Node is not on this machine")
def test_pure_modules() -> None:
    files = sorted(map(str, HERE.glob("*.test.mjs")))
    assert files
    command = [str(NODE), "--test", "--test-reporter=spec", *files]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stdout + result.stderr

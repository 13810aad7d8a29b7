"""axe-core (npm, MPL-2.0, used by tests only): what it finds on a page that is serious."""

import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

WEB = Path(__file__).parents[2] / "web"
FILE = WEB / "node_modules" / "axe-core" / "axe.min.js"
SECONDS = 180
RUN = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  const grave = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  return grave.flatMap(({ id, nodes }) => nodes.map(({ target, any, all, none }) =>
    `${id}: ${target.join(" ")}: ${[...any, ...all, ...none].map(({ message }) => message).join("; ")}`));
}"""


def install() -> None:
    """Fetch what `web/package-lock.json` names, where it is not there yet."""
    if FILE.exists():
        return
    npm = shutil.which("npm")
    assert npm, "npm is missing: deploy/install-packages.sh test"
    command = [
        npm,
        "ci",
        "--prefer-offline",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
    ]
    done = subprocess.run(command, cwd=WEB, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@cache
def source() -> str:
    return FILE.read_text()


def violations(page: Page) -> list[str]:
    """Of impact "serious" or "critical", one line a place. The page's policy does not hold for the driver's scripts."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(source() + "; null")
    found: list[Any] = page.evaluate(RUN)
    return [str(one) for one in found]

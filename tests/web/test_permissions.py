"""What the page shows of permissions is what the server holds to."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from signaling.permissions import LOOSEST, loosest, outranks, verdict
from treble.api import Role

NODE = shutil.which("node")
PERMISSIONS = Path(__file__).parents[2] / "web" / "sdk" / "permissions.js"
TELL = """
import { CHANGEABLE_ACTIONS, ROLES, choices, outranks, usual } from "%s";
const cells = CHANGEABLE_ACTIONS.flatMap((action) => ROLES.map((role) => [role, action]));
console.log(JSON.stringify({
  actions: CHANGEABLE_ACTIONS,
  usual: cells.map(([role, action]) => usual(role, action)),
  loosest: cells.map(([role, action]) => choices(role, action)[0]),
  ranks: ROLES.flatMap((actor) => ROLES.map((target) => outranks(actor, target))),
}));
"""


@pytest.mark.skipif(NODE is None, reason="Node is not on this machine")
def test_the_pages_table_is_the_servers() -> None:
    command = [str(NODE), "--input-type=module", "--eval", TELL % PERMISSIONS.as_uri()]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    told = json.loads(result.stdout)
    cells = [(role, action) for action in LOOSEST for role in Role]
    assert told["actions"] == [action.value for action in LOOSEST]
    assert told["usual"] == [verdict(role, action).value for role, action in cells]
    assert told["loosest"] == [(loosest(role, action) or "allow") for role, action in cells]
    assert told["ranks"] == [outranks(actor, target) for actor in Role for target in Role]

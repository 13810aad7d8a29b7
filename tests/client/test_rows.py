"""Each row of words has a state that shows it, and what is put off is put off for a reason that still holds."""

import json
from pathlib import Path

from tests.client.moments import MOMENTS
from tests.client.rows import LATER, ROWS
from tests.client.screens import CHOSEN, SCREENS, SHORT
from tests.client.states import STATES

STRINGS = Path(__file__).parents[2] / "web" / "app" / "strings" / "en.json"


def test_each_row_has_a_state_that_shows_it() -> None:
    shown = {row for state in STATES for row in state.rows}
    assert shown == ROWS.keys() - LATER.keys()


def test_what_is_put_off_has_no_words_yet() -> None:
    words = json.loads(STRINGS.read_text())
    assert LATER.keys() & words.keys() == set()


def test_each_state_has_a_name_of_its_own() -> None:
    names = [state.name for state in [*STATES, *SCREENS, *MOMENTS]]
    assert sorted(set(names)) == sorted(names)
    assert {*CHOSEN, *SHORT} <= set(names)

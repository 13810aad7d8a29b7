import itertools

from signaling.permissions import PUBLISH, TABLE, Action, Verdict, verdict
from treble.api import Role, Source


def test_the_table_has_a_verdict_for_every_role_and_action() -> None:
    assert TABLE.keys() == set(Action)
    assert PUBLISH.keys() == set(Source)
    for role, action in itertools.product(Role, Action):
        expected = Verdict.DENY if role is Role.VIEWER and action is not Action.WATCH else Verdict.ALLOW
        assert verdict(role, action) is expected

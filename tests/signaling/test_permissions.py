"""The permission table: complete, and bounded whatever a host sets."""

import itertools

import pytest

from signaling.actions import Action, Verdict
from signaling.permissions import LOOSEST, PUBLISH, STOP, TABLE, outranks, require, verdict
from signaling.settings import OPEN_POLICY, RoomDefaults, check_settings, new_settings
from treble.api import ApiError, Role, Source

STRICT = (Verdict.ALLOW, Verdict.ASK, Verdict.DENY)


def test_every_action_and_source_has_its_place() -> None:
    assert TABLE.keys() == set(Action)
    assert PUBLISH.keys() == STOP.keys() == set(Source)
    assert LOOSEST.keys() < TABLE.keys()


def test_the_defaults_are_the_safest() -> None:
    for role in (Role.SPEAKER, Role.VIEWER):
        for action in (Action.ENTER, Action.RENAME, Action.PICTURE):
            assert verdict(role, action) is Verdict.ASK
    assert verdict(Role.SPEAKER, Action.SHARE) is Verdict.ASK
    assert verdict(Role.VIEWER, Action.TALK) is Verdict.DENY


def test_nobody_ever_unmutes_others() -> None:
    everything = {role: dict.fromkeys(Action, Verdict.ALLOW) for role in Role}
    for role in Role:
        for overrides in ({}, everything[role]):
            assert verdict(role, Action.UNMUTE_OTHERS, everything, overrides) is Verdict.DENY


def test_policy_and_overrides_never_loosen_beyond_the_bound() -> None:
    everything = {role: dict.fromkeys(Action, Verdict.ALLOW) for role in Role}
    for role, action in itertools.product(Role, Action):
        for policy, overrides in ((everything, {}), ({}, everything[role])):
            found = verdict(role, action, policy, overrides)
            plain = verdict(role, action)
            if STRICT.index(found) < STRICT.index(plain):
                assert action in LOOSEST
                assert role is not Role.HOST


def test_what_is_set_for_one_participant_comes_before_the_policy() -> None:
    policy = {Role.SPEAKER: {Action.SHARE: Verdict.ALLOW}}
    assert verdict(Role.SPEAKER, Action.SHARE, policy) is Verdict.ALLOW
    assert verdict(Role.SPEAKER, Action.SHARE, policy, {Action.SHARE: Verdict.DENY}) is Verdict.DENY


def test_asking_and_forbidding_are_told_apart() -> None:
    with pytest.raises(ApiError, match="ask"):
        require(Role.SPEAKER, Action.SHARE)
    with pytest.raises(ApiError, match="forbidden"):
        require(Role.VIEWER, Action.SHARE)


def test_host_controls_reach_only_lower_roles() -> None:
    assert outranks(Role.HOST, Role.COHOST)
    assert outranks(Role.COHOST, Role.SPEAKER)
    assert not outranks(Role.COHOST, Role.COHOST)
    assert not outranks(Role.COHOST, Role.HOST)


def test_settings_that_cannot_be_are_named() -> None:
    check_settings(new_settings(RoomDefaults.OPEN))
    check_settings(new_settings(RoomDefaults.SAFE))
    assert verdict(Role.SPEAKER, Action.ENTER, OPEN_POLICY) is Verdict.ALLOW
    settings = new_settings(RoomDefaults.SAFE)
    settings = type(settings)(policy={Role.SPEAKER: {Action.REMOVE: Verdict.ALLOW}})
    with pytest.raises(ApiError, match="remove of speaker"):
        check_settings(settings)

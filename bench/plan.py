"""Which runs one call of the bench makes, in which order."""

import argparse
import dataclasses
from dataclasses import dataclass

from bench import rig, targets
from bench.compare import janus
from bench.scenarios import CM, GCM, SCENARIOS, SHORT, Result, Scenario, Target, measure

TARGETS: dict[str, Target] = {
    "treble": targets.Treble(),
    "engine": targets.BareEngine(),
    "janus": targets.Janus(),
    "floor": targets.Floor(gso=False),
    "floor-gso": targets.Floor(gso=True),
}
COMPARED = "fanout-100"
"""The scenario that also runs on Janus, both SRTP profiles, in interleaved rounds."""
ROUNDS = 3


@dataclass(frozen=True)
class Step:
    scenario: Scenario
    target: Target
    profile: str


def floor_of(scenario: Scenario) -> Scenario:
    """The floor varies little: a shorter window does."""
    return dataclasses.replace(scenario, seconds=5.0)


def table() -> list[Step]:
    """The whole table, within six minutes: the comparison interleaved, then each other scenario once with its
    floor."""
    compared = SCENARIOS[COMPARED]
    servers = ["treble", "janus"] if janus.installed() else ["treble"]
    made = []
    for index in range(ROUNDS):
        made += [Step(compared, TARGETS[name], GCM) for name in servers]
        made.append(Step(floor_of(compared), TARGETS["floor-gso"], GCM))
        if index == 0:
            made += [Step(compared, TARGETS[name], CM) for name in servers]
            made.append(Step(floor_of(compared), TARGETS["floor"], GCM))
    for name in ("fanout-100-spread", "fanout-200", "meeting-15", "audio-30"):
        made.append(Step(SCENARIOS[name], TARGETS["treble"], GCM))
        made.append(Step(floor_of(SCENARIOS[name]), TARGETS["floor-gso"], GCM))
    return made


def steps(options: argparse.Namespace) -> list[Step]:
    if options.short:
        wanted = options.target or ["treble"]
        made = [Step(scenario, TARGETS[name], GCM) for scenario in SHORT for name in wanted]
    elif not options.scenario and not options.target:
        made = table()
    else:
        profile = CM if options.profile == "cm" else GCM
        made = [
            Step(SCENARIOS[name], TARGETS[target], profile)
            for _ in range(options.rounds)
            for name in options.scenario or SCENARIOS
            for target in options.target or TARGETS
            if not (target == "janus" and SCENARIOS[name].meeting)
        ]
    if options.seconds:
        made = [
            dataclasses.replace(step, scenario=dataclasses.replace(step.scenario, seconds=options.seconds))
            for step in made
        ]
    return made


async def run(step: Step, wire: rig.Wire) -> Result:
    return await measure(step.target, step.scenario, wire, step.profile)

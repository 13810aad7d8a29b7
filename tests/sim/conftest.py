"""Seeds for the stories, and how to run a failed one again.

`SIM_SEEDS=50 pytest tests/sim` sweeps more of them, `SIM_SEED=17 pytest tests/sim/test_x.py::test_y` replays one.
"""

import os
from collections.abc import Generator

import pytest

SEEDS = 3


def seeds() -> list[int]:
    if "SIM_SEED" in os.environ:
        return [int(os.environ["SIM_SEED"])]
    return list(range(int(os.environ.get("SIM_SEEDS", SEEDS))))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", seeds())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    seed = getattr(item, "callspec", None) and item.callspec.params.get("seed")  # type: ignore[attr-defined]
    if report.failed and seed is not None:
        test = f"{item.nodeid.partition('[')[0]}"
        report.sections.append(("replay", f"seed {seed}: SIM_SEED={seed} .venv/bin/pytest {test}"))
    return report

"""The short form of each simulated quality case, against the same bars as `make quality`."""

import pytest

from bench.quality.__main__ import all_cases
from bench.quality.case import Case, Options
from bench.quality.report import table

SIMULATED = [case for case in all_cases() if case.kind == "simulation"]


@pytest.mark.slow
@pytest.mark.parametrize("case", SIMULATED, ids=lambda case: case.name)
def test_reaches_its_bars(case: Case) -> None:
    result = case.run(Options(short=True))
    assert result.passed, f"{case.title}\n{table(result)}"

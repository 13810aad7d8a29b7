"""The short form of each simulated quality case, against the same bars as `make quality`.

Figures that are known to stay short (`bench/quality/known.py` says why) are not held here.
"""

import pytest

from bench.quality.__main__ import all_cases
from bench.quality.case import Case, Options
from bench.quality.known import SHORT
from bench.quality.report import table

SIMULATED = [case for case in all_cases() if case.kind == "simulation"]


@pytest.mark.slow
@pytest.mark.parametrize("case", SIMULATED, ids=lambda case: case.name)
def test_reaches_its_bars(case: Case) -> None:
    result = case.run(Options(short=True))
    short = [f.name for f in result.figures if not f.passed and (case.name, f.name) not in SHORT]
    assert not short, f"{case.title}\n{table(result)}"

"""What a quality case is, and what it gives back.

A case runs something (a meeting on the virtual clock, real browsers through an emulated link) and measures it. A
`Figure` is one number held against its bar; the runner (`__main__.py`) fails where one falls short. Cases register in
a `CASES` list of their module.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

Series = list[tuple[float, float]]
"""(seconds from the start of the run, value)."""


@dataclass(frozen=True)
class Figure:
    name: str
    measured: float
    unit: str = ""
    bar: float | None = None
    """None: told, but not held against anything."""
    at_most: bool = True
    """The bar is the most allowed; False: the least."""

    @property
    def passed(self) -> bool:
        """A figure that is not a number (nothing was measured) fails its bar."""
        if self.bar is None:
            return True
        return self.measured <= self.bar if self.at_most else self.measured >= self.bar


@dataclass
class Result:
    case: str
    figures: list[Figure] = field(default_factory=list)
    series: dict[str, Series] = field(default_factory=dict)
    """For the plot. Bit rates in bit/s, delays in ms; a name says so: "estimate (bit/s)"."""
    remarks: list[str] = field(default_factory=list)
    """What a reader must know about these figures: the run's shape, why a bar is missed."""

    @property
    def passed(self) -> bool:
        return all(figure.passed for figure in self.figures)


@dataclass(frozen=True)
class Options:
    seed: int = 1
    """The first seed; run number i takes seed + i."""
    runs: int | None = None
    """How many seeds; None: as many as the case's definition says."""
    short: bool = False
    """The form that `make test` runs: fewer seeds, less time, the same bars."""

    def seeds(self, full: int, short: int = 1) -> list[int]:
        count = self.runs if self.runs is not None else short if self.short else full
        return list(range(self.seed, self.seed + count))


@dataclass(frozen=True)
class Case:
    name: str
    title: str
    kind: str
    """ "simulation" (virtual clock) or "browser" (real browsers through bench/link)."""
    run: Callable[[Options], Result]

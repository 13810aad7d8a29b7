"""What a story measured beside what was expected of it; printed after the run, whether it passed or not."""

from dataclasses import dataclass

from tests.browser.patience import patient


@dataclass(frozen=True)
class Line:
    story: str
    what: str
    expected: str
    measured: str
    holds: bool


LINES: list[Line] = []


class Ledger:
    """One story's lines; a line that does not hold ends the story."""

    def __init__(self, story: str) -> None:
        self.story = story

    def equal(self, what: str, measured: object, expected: object) -> None:
        self._note(what, str(expected), str(measured), measured == expected)

    def at_most(self, what: str, measured: float, limit: float, unit: str = "") -> None:
        """Times; they are held to where the machine is ours, and shown everywhere."""
        self._note(what, f"<= {limit:g}{unit}", f"{measured:.3g}{unit}", measured <= patient(limit))

    def at_least(self, what: str, measured: float, limit: float, unit: str = "") -> None:
        self._note(what, f">= {limit:g}{unit}", f"{measured:.3g}{unit}", measured >= limit)

    def _note(self, what: str, expected: str, measured: str, holds: bool) -> None:
        LINES.append(Line(self.story, what, expected, measured, holds))
        assert holds, f"{what}: expected {expected}, measured {measured}"


def table() -> str:
    """All lines, story by story."""
    rows, story = [], ""
    for line in LINES:
        if line.story != story:
            story = line.story
            rows.append(f"\n{story}")
        mark = "ok  " if line.holds else "FAIL"
        rows.append(f"  {mark} {line.what:<66} expected {line.expected:<24} measured {line.measured}")
    return "\n".join(rows)

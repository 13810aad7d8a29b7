"""A screen or state as data: an address, what the server inside the page is told, and the steps that lead there.

Data, so that any browser can play it.
"""

from dataclasses import dataclass, field
from typing import Any

LINK = "/r/blue-otter?debug&capture=320x180@10#kd83-hs7q"
LONG_NAME = "Wolfeschlegelsteinhausenbergerdorff the Elder of Hamburg Yes"  # 60 letters, the most there are


@dataclass(frozen=True)
class Click:
    selector: str


@dataclass(frozen=True)
class Fill:
    selector: str
    text: str


@dataclass(frozen=True)
class Run:
    """A JavaScript expression."""

    script: str


@dataclass(frozen=True)
class Until:
    """A JavaScript expression that becomes true."""

    expression: str


Step = Click | Fill | Run | Until


@dataclass(frozen=True)
class State:
    name: str
    steps: tuple[Step, ...] = ()
    rows: tuple[str, ...] = ()  # of `ROWS`, whose words are seen
    shows: tuple[str, ...] = ()  # selectors of what is seen
    path: str = LINK
    options: dict[str, Any] = field(default_factory=dict)  # of `fake_server.js`
    before: tuple[str, ...] = ()  # scripts that run before the page's own
    only: str = (
        ""  # "wide": a phone has it elsewhere; "chromium": Firefox measures no sound without a speaker
    )

    def in_language(self, language: str) -> str:
        """The address with another language, for `debug` pages and others."""
        beforehash, _, after = self.path.partition("#")
        beforehash += "&" if "?" in beforehash else "?debug&"
        return f"{beforehash}lang={language}" + (f"#{after}" if after else "")


def screen(name: str) -> Until:
    return Until(f"document.body.dataset.screen === '{name}'")


def seen(selector: str) -> Until:
    return Until(f"document.querySelector({selector!r})?.checkVisibility()")


def enter(name: str = "Eve") -> tuple[Step, ...]:
    """Through the pre-join, with the devices open."""
    return (seen("#preview-cam:not(.is-off)"), Fill("#name", name), Click("#join"))


def enter_blind(name: str = "Eve") -> tuple[Step, ...]:
    """Through the pre-join, whatever became of the devices."""
    return (Fill("#name", name), Click("#join"))


CONNECTED: tuple[Step, ...] = (screen("call"), Until("treble.pc?.connectionState === 'connected'"))
JOIN = (*enter(), *CONNECTED)
PICTURES = Until(
    """[...document.querySelectorAll(".stage-floor .tile:not(.is-self)")].every(({ dataset }) =>
         dataset.picture === "on" || dataset.source !== "camera" ||
         fake.people.get(dataset.participant)?.tracks.every(({ source, muted }) => source !== "camera" || muted))"""
)

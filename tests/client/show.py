"""Plays a state in Chromium, looks at the page, and takes its picture."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, TimeoutError as TooLate

from tests.browser.window import AT_REST
from tests.client import axe, ledger
from tests.client.rows import ROWS, Row, pattern_of
from tests.client.steps import Click, Fill, Run, State, Step, Until

SHOTS = Path(os.environ.get("TREBLE_SHOTS", Path(__file__).parents[2] / "build" / "client"))
TAKES_SHOTS = bool(os.environ.get("TREBLE_CLIENT"))
PATIENCE_MS = 30_000
SAYS = """(pattern) => {
  const labels = [...document.querySelectorAll("[title]")].filter((one) => one.checkVisibility()).map(({ title }) => title);
  return new RegExp(pattern).test([document.body.innerText.replace(/[\\u2068\\u2069]/g, ""), ...labels].join("\\n"));
}"""
OFFERS = """(pattern) => [...document.querySelectorAll("button, a")]
  .some((one) => one.checkVisibility() && new RegExp(`^${pattern}$`).test(one.innerText.trim()))"""
SIDEWAYS = """() => {
  const controls = [...document.querySelectorAll("button, a, input, select, textarea")].filter((one) =>
    one.checkVisibility({ opacityProperty: true, visibilityProperty: true }));
  const outside = (one) => {
    const { left, right } = one.getBoundingClientRect();
    return (left < -1 || right > innerWidth + 1) && !one.closest(".unseen");
  };
  const over = Math.max(document.documentElement.scrollWidth, document.body.scrollWidth) - innerWidth;
  return [...(over > 0 ? [`${over} px too wide`] : []), ...controls.filter(outside).map((one) => one.id || one.className)];
}"""


def play(page: Page, steps: tuple[Step, ...]) -> None:
    for step in steps:
        match step:
            case Click(selector):
                page.locator(selector).first.click()
            case Fill(selector, text):
                page.fill(selector, text)
            case Run(script):
                page.evaluate(f"async () => {{ await ({script}); }}")
            case Until(expression):
                page.wait_for_function(f"() => Boolean({expression})", timeout=PATIENCE_MS)


def settle(page: Page) -> None:
    page.evaluate(AT_REST)


@dataclass
class Looks:
    """What was found wrong with one state; everything is looked at before anything fails."""

    page: Page
    state: State
    browser: str = "Chromium"
    wrong: list[str] = field(default_factory=list)

    def words(self) -> None:
        """Each row's words are seen, and its buttons."""
        for name in self.state.rows:
            missing = self._missing(ROWS[name])
            self._note(f"rows of words seen in {self.browser}", "", [f"{name}: {one}" for one in missing])

    def _missing(self, row: Row) -> list[str]:
        missing = [] if self._comes(SAYS, row.pattern) else [row.words]
        return missing + [text for text in row.buttons if not self._comes(OFFERS, pattern_of(text))]

    def _comes(self, function: str, pattern: str) -> bool:
        try:
            self.page.wait_for_function(function, arg=pattern, timeout=PATIENCE_MS)
        except TooLate:
            return False
        return True

    def axe(self, where: str) -> None:
        """Nothing serious."""
        settle(self.page)
        self._note("pages without a serious violation (axe)", where, axe.violations(self.page))

    def sideways(self, where: str) -> None:
        """Nothing scrolls sideways, no control stands outside."""
        settle(self.page)
        self._note("pages that do not scroll sideways", where, self.page.evaluate(SIDEWAYS))

    def shoot(self, folder: str, where: str) -> None:
        if TAKES_SHOTS:
            settle(self.page)
            (SHOTS / folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=SHOTS / folder / f"{self.state.name}.{where}.png")

    def _note(self, concern: str, where: str, found: list[Any]) -> None:
        at = f"{self.state.name} {where}".strip()
        ledger.note(concern, at, not found, json.dumps(found, ensure_ascii=False) if found else "")
        self.wrong += [f"{at}: {one}" for one in found]

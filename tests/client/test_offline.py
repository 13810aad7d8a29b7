"""The page that stands where there is no network: four sizes, light and dark, in both directions of reading."""

import os

import pytest
from playwright.sync_api import Browser

from tests.client.show import Looks
from tests.client.steps import State
from tests.client.test_matrix import MOUSE, TOUCH, look, look_narrow
from tests.web.calls import until_resolved
from tests.web.serve import WithWorker, serve

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not os.environ.get("TREBLE_CLIENT"), reason="one of `make test-client`"),
]

KEPT = "async () => Boolean(await caches.match('/offline'))"


@pytest.mark.parametrize("language", ["en", "ar-XB"])
def test_without_a_network(chromium: Browser, language: str) -> None:
    context = chromium.new_context(locale="en-US")
    page = context.new_page()
    with serve(WithWorker) as origin:
        page.goto(f"{origin}/?debug&lang={language}")
        until_resolved(page, KEPT)
    page.goto(f"{origin}/r/blue-otter#kd83-hs7q")
    page.get_by_role("button").wait_for()
    looks = Looks(page, State(f"offline-page.{language}"))
    look(looks, "screens", {**MOUSE, **TOUCH})
    look_narrow(looks, "screens")
    context.close()
    assert looks.wrong == []

"""Installed, and without a network: the page says so in its own words, and keeps nothing of calls."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.web.calls import until_resolved
from tests.web.serve import WithWorker, serve

pytestmark = pytest.mark.browser

KEPT = """async () => (await Promise.all((await caches.keys()).map(async (name) =>
    (await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname)))).flat()"""


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(locale="es-ES")
    context.set_default_timeout(30_000)
    yield context
    context.close()


def test_without_a_network_the_page_says_so_and_comes_back(context: BrowserContext) -> None:
    page = context.new_page()
    with serve(WithWorker) as origin:
        page.goto(f"{origin}/")
        page.wait_for_selector("body[data-screen=home]")
        until_resolved(page, f"async () => (await ({KEPT})()).length > 0")
        assert page.evaluate(KEPT) == ["/offline"]
    page.goto(f"{origin}/r/blue-otter#kd83-hs7q")
    expect(page.get_by_role("heading")).to_have_text("Sin conexión")
    assert page.evaluate("document.documentElement.lang") == "es"
    with serve(WithWorker, int(origin.rpartition(":")[2])):
        page.get_by_role("button").click()
        page.wait_for_selector("body[data-screen=prejoin]")
        assert page.url.endswith("/r/blue-otter#kd83-hs7q")


def test_the_page_can_be_installed(context: BrowserContext) -> None:
    page = context.new_page()
    with serve() as origin:
        page.goto(f"{origin}/")
        manifest = page.evaluate(
            "fetch(document.querySelector('link[rel=manifest]').href).then((answer) => answer.json())"
        )
        assert (manifest["start_url"], manifest["display"]) == ("/", "standalone")
        sizes = """async (src) => { const image = new Image(); image.src = src; await image.decode();
            return `${image.naturalWidth}x${image.naturalHeight}`; }"""
        icons = [icon for icon in manifest["icons"] if icon["type"] == "image/png"]
        assert [page.evaluate(sizes, icon["src"]) for icon in icons] == [icon["sizes"] for icon in icons]
        assert {"192x192", "512x512"} <= {icon["sizes"] for icon in icons}
        assert "maskable" in {icon.get("purpose") for icon in icons}

"""Chat: everything once and in order on every screen, across a lost connection; files, and whom one looks at meanwhile."""

import os
from pathlib import Path

import pytest

from tests.browser.cuttable import cuttable_proxy
from tests.browser.server import Server
from tests.stories.ledger import Ledger
from tests.stories.theatre import Theatre

pytestmark = pytest.mark.browser
long_only = pytest.mark.skipif(not os.environ.get("TREBLE_STORIES"), reason="one of `make test-stories`")


@long_only
async def test_chat_goes_on_exactly_once_and_in_order_after_a_lost_connection(
    safe_server: Server, theatre: Theatre, ledger: Ledger
) -> None:
    async with cuttable_proxy(safe_server.port) as proxy:
        ada = await theatre.host(safe_server.url, "Ada")
        link = (await ada.invitation()).replace(safe_server.url, proxy.url)
        bea = await theatre.guest(link, "Bea")
        await ada.admit("Bea")
        await bea.be_in()
        await ada.open_chat()
        await bea.open_chat()
        await ada.says("one")
        await bea.reads(".message-text", "one")
        await bea.says("two")
        await ada.until_chat(["one", "two"])

        proxy.cut()
        await bea.until("treble.room.state === 'reconnecting'")
        await ada.says("three")
        await bea.says("four, said while cut off")
        await ada.says("five")
        await bea.says("six, said while cut off")
        await ada.until_chat(["one", "two", "three", "five"])
        await theatre.shoot(bea, "chat-1-cut-off")
        ledger.equal("meanwhile the other hears of it", await ada.chat(), ["one", "two", "three", "five"])
        proxy.mend()
        await bea.until("treble.room.state === 'connected'", 40)

        everything = ["one", "two", "three", "five", "four, said while cut off", "six, said while cut off"]
        await ada.until_chat(everything, 30)
        await bea.until_chat(everything, 30)
        ledger.equal("the host reads", await ada.chat(), everything)
        ledger.equal("the guest reads", await bea.chat(), everything)
        await theatre.shoot(bea, "chat-2-back", phone=True)
        await theatre.shoot(ada, "chat-3-host")


LARGE = "document.querySelector('.stage[data-mode=speaker] .stage-floor > .tile')?.dataset.name"
PINNED = "[...document.querySelectorAll('.tile[data-pinned=true]')].map(({ dataset }) => dataset.name)"


@long_only
async def test_a_file_is_shared_and_whoever_is_pinned_stays_large(
    safe_server: Server, theatre: Theatre, ledger: Ledger, tmp_path: Path
) -> None:
    plan = tmp_path / "plan.txt"
    plan.write_text("three hundred metres of cable\n")
    ada = await theatre.host(safe_server.url, "Ada")
    bea = await theatre.admitted(ada, "Bea")
    cleo = await theatre.admitted(ada, "Cleo")
    await bea.sees("Ada")
    await bea.sees("Cleo")

    await bea.pins("Cleo")
    await bea.until(f"{LARGE} === 'Cleo'")
    ledger.equal("pinned are", await bea.window.evaluate(PINNED), ["Cleo"])
    await bea.pins("Ada")
    await bea.until(f"{LARGE} === 'Ada'")
    ledger.equal("then", await bea.window.evaluate(PINNED), ["Ada"])

    await bea.sends_file(plan)
    await ada.open_chat()
    await ada.reads(".message-files", "plan.txt")
    await cleo.open_chat()
    await cleo.reads(".message-files", "plan.txt")
    await theatre.shoot(bea, "file-1-sent", phone=True)
    ledger.equal("meanwhile pinned is", await bea.window.evaluate(PINNED), ["Ada"])
    await bea.press("#panel-close")
    await bea.pins("Ada")
    await bea.until(f"({PINNED}).length === 0")
    ledger.equal(
        "the layout is again",
        await bea.window.evaluate("document.querySelector('.stage').dataset.mode"),
        "grid",
    )

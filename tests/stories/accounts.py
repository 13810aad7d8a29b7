"""Accounts of people in stories, made through the real pages; the links of mails come from the server's outbox."""

import email
import email.policy
import re
from pathlib import Path

import trio

from tests.browser.server import Server
from tests.stories.actor import Actor

PASSWORD = "a quiet harbour town"
MAIL_SECONDS = 20


async def mail_to(server: Server, address: str, link: str) -> str:
    """The link of the newest mail to this address whose link begins so."""
    folder = server.data / "outbox"
    with trio.fail_after(MAIL_SECONDS):
        while True:
            for path in sorted(folder.glob("*.eml"), reverse=True):
                if found := _link(path, address, link):
                    return found
            await trio.sleep(0.1)


def _link(path: Path, address: str, link: str) -> str | None:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    if address not in str(message["To"]):
        return None
    body = message.get_body()
    assert body is not None
    found = re.search(rf"https://\S+{re.escape(link)}\S+", body.get_content())
    return found and found.group()


async def sign_up(server: Server, person: Actor, address: str) -> str:
    """Through the form; returns the link of the mail."""
    window = person.window
    await window.open(f"{server.url}/account/sign-up")
    await person.until("document.querySelector('#sign-up')?.checkVisibility()")
    await window.fill("#name", person.name)
    await window.fill("#email", address)
    await window.fill("#password", PASSWORD)
    await person.press("#sign-up-submit")
    await person.until("document.body.dataset.screen === 'verify'")
    return await mail_to(server, address, "/account/verify#")


async def become_verified(server: Server, person: Actor, address: str) -> None:
    """An account whose e-mail is proven, signed in in this browser."""
    await person.window.open(await sign_up(server, person, address))
    await person.press("#verify-submit")
    await person.until("document.querySelector('#account-menu')?.checkVisibility()")

"""End-to-end encrypted meetings, as people make and check them."""

from tests.browser.person import QUERY, Person
from tests.browser.server import Server
from tests.browser.window import Window

CODE = "document.querySelector('#safety-code')?.textContent"


async def start_sealed(window: Window, server: Server, name: str) -> Person:
    """A meeting that its host has made an encrypted one."""
    person = Person(window, name)
    await window.open(f"{server.url}/{QUERY}#new")
    await person.until("document.querySelector('#preview-cam:not(.is-off)')?.id")
    await person.until("document.querySelector('#preview-mic:not(.is-off)')?.id")
    await window.click("#meeting-options summary")
    for box in ("#meeting-e2ee", "#meeting-wait", "#meeting-ask"):
        await window.click(box)
    await window.fill("#name", name)
    await window.click("#join")
    return await person.be_in()


async def safety_code(person: Person, people: int) -> str:
    """Once this person knows the keys of so many others."""
    await person.until(
        "(({remoteParticipants: others, encryption}) => [...others.keys()]"
        f".filter((id) => encryption.of(id) === 'verified').length === {people})(treble.room)"
    )
    await person.window.click("#sealed-badge")
    code: str = await person.until(f"/^(\\d{{4}} ){{5}}\\d{{4}}$/.test({CODE}) && {CODE}")
    await person.window.click("#sealed-close")
    return code

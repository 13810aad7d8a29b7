"""Rows in every table, written as the servers write them, with texts that must not be found in clear on a disk."""

from sqlalchemy import Connection

from signaling.actions import Action, Verdict
from signaling.settings import Settings
from signaling.storage.approvals import Approvals, Asked
from signaling.storage.audit import AuditLog, Entry
from signaling.storage.people import People, Person, State
from signaling.storage.rooms import Admission, RoomRecord, Rooms
from signaling.storage.store import Store
from tests.signaling.storage.writers import LATER, NOW
from treble.api import Role

ROOM = "telltale-room"
NAME = "Zora Neale"
ADMITTED = "Quentin"
EMAIL = "zora@telltale.example"
TITLE = "Quarterly reckoning"
PASSWORD = "k7tr-0q9z-hush"
ALIAS = "reckoning-of-zora"

WISHED = "Professor Quirke"

TELLTALES = (NAME, WISHED, ADMITTED, EMAIL, "telltale.example", TITLE, PASSWORD, ALIAS)


def fill(store: Store) -> None:
    for write in (_room, _people, _approvals, _audit):
        store.write(lambda connection, write=write: write(store, connection))


def _room(store: Store, connection: Connection) -> None:
    rooms = Rooms(store.cipher, store.index)
    record = RoomRecord(
        id=ROOM,
        created_at=NOW,
        expires_at=LATER,
        settings=Settings(),
        title=TITLE,
        owner="zora",
        alias=ALIAS,
    )
    rooms.create(connection, record, PASSWORD, "telltale-deadline")
    admission = Admission(
        id="adm", room=ROOM, role=Role.VIEWER, name=ADMITTED, created_at=NOW, expires_at=LATER
    )
    rooms.admit(connection, admission)


def _people(store: Store, connection: Connection) -> None:
    person = Person(
        id="zora",
        room=ROOM,
        subject="subject-of-zora",
        role=Role.HOST,
        state=State.IN,
        verified=True,
        name=NAME,
        email=EMAIL,
        overrides={Action.SHARE: Verdict.ALLOW},
        created_at=NOW,
    )
    People(store.cipher).add(connection, person)


def _approvals(store: Store, connection: Connection) -> None:
    asked = Asked(
        id="ap1",
        room=ROOM,
        participant="zora",
        action=Action.RENAME,
        value=WISHED,
        created_at=NOW,
        expires_at=LATER,
    )
    Approvals(store.cipher).ask(connection, asked, "approval-deadline")


def _audit(store: Store, connection: Connection) -> None:
    entry = Entry(at=NOW, action="rename", actor=NAME, subject=ADMITTED, detail=TITLE)
    AuditLog(store.cipher).note(connection, "a1", ROOM, entry)

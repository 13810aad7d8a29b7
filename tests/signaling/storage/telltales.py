"""Rows in every table, written as the servers write them, with texts that must not be found in clear on a disk."""

from sqlalchemy import Connection

from signaling.actions import Action, Verdict
from signaling.refresh import Rotation
from signaling.settings import Settings
from signaling.storage.accounts import Accounts, StoredAccount
from signaling.storage.audit import AuditLog, Entry
from signaling.storage.codes import Code, Codes
from signaling.storage.families import Families, Family
from signaling.storage.identities import Identities
from signaling.storage.mails import Mail, Mails
from signaling.storage.people import People, Person, State
from signaling.storage.pictures import Pictures
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

BROWSER = "Telltale/5.0 (Amstrad)"
ADDRESS = "198.51.100.77"
PROVIDER_ID = "google-77112233"
MAIL = "Dear Zora, open this link"
PICTURE = "RIFF-picture-of-Zora"

TELLTALES = (
    NAME,
    ADMITTED,
    EMAIL,
    "telltale.example",
    TITLE,
    PASSWORD,
    ALIAS,
    BROWSER,
    ADDRESS,
    PROVIDER_ID,
    MAIL,
    PICTURE,
)


def fill(store: Store) -> None:
    for write in (_room, _people, _audit, _account, _mail):
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


def _audit(store: Store, connection: Connection) -> None:
    entry = Entry(at=NOW, action="rename", actor=NAME, subject=ADMITTED, detail=TITLE)
    AuditLog(store.cipher).note(connection, "a1", ROOM, entry)


def _account(store: Store, connection: Connection) -> None:
    account = StoredAccount(
        id="acc", guest=False, name=NAME, email=EMAIL, password="$argon2id$telltale", created_at=NOW
    )
    Accounts(store.cipher, store.index).add(connection, account)
    family = Family(
        id="fam",
        account="acc",
        rotation=Rotation("h", rotated_at=NOW),
        created_at=NOW,
        since=NOW,
        expires_at=LATER,
        agent=BROWSER,
        address=ADDRESS,
    )
    Families(store.cipher).add(connection, family)
    Identities(store.cipher, store.index).add(connection, "idn", "acc", "google", PROVIDER_ID, NOW)
    Codes(store.cipher).add(connection, Code("reset", "secret", Mail(to=EMAIL, subject="", text=NAME), LATER))
    Pictures(store.cipher).replace(connection, "acc", "pic", PICTURE.encode(), NOW)


def _mail(store: Store, connection: Connection) -> None:
    Mails(store.cipher).add(connection, "m", Mail(to=EMAIL, subject=TITLE, text=MAIL), NOW, LATER)

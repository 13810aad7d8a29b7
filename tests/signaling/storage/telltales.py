"""Rows in every table, written as the servers write them, with texts that must not be found in clear on a disk."""

from sqlalchemy import Connection

from signaling.accounts.refresh import Rotation
from signaling.actions import Action, Verdict
from signaling.chat_messages import SharedFile
from signaling.settings import Settings
from signaling.storage.accounts import Accounts, StoredAccount
from signaling.storage.admin_keys import AdminKey, AdminKeys
from signaling.storage.approvals import Approvals, Asked
from signaling.storage.audit import AuditLog, Entry
from signaling.storage.chat import Body, ChatStore, Event
from signaling.storage.chat_files import ChatFiles
from signaling.storage.codes import Code, Codes
from signaling.storage.families import Families, Family
from signaling.storage.identities import Identities
from signaling.storage.mails import Mail, Mails
from signaling.storage.people import People, Person, State
from signaling.storage.pictures import Pictures
from signaling.storage.rooms import Admission, RoomRecord, Rooms
from signaling.storage.store import Store
from signaling.storage.webhooks import Delivery, Endpoint, Webhooks
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
BROWSER = "Telltale/5.0 (Amstrad)"
ADDRESS = "198.51.100.77"
PROVIDER_ID = "google-77112233"
MAIL = "Dear Zora, open this link"
PICTURE = "RIFF-picture-of-Zora"
MESSAGE = "The ledger is under the stairs"
FILE_NAME = "ledger-of-zora.csv"
FILE_TEXT = "stairs;kitchen;attic"
EMOJI = "🧾"
OPERATOR = "Nightly billing"
HOOK = "https://hooks.telltale.example/zora"
HOOK_SECRET = "what-the-receiver-knows"

TELLTALES = (
    NAME,
    WISHED,
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
    MESSAGE,
    FILE_NAME,
    FILE_TEXT,
    EMOJI,
    OPERATOR,
    HOOK,
    HOOK_SECRET,
)


def fill(store: Store) -> None:
    for write in (_room, _people, _approvals, _audit, _account, _mail, _chat, _operators):
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


def _chat(store: Store, connection: Connection) -> None:
    chat, files = ChatStore(store.cipher), ChatFiles(store.cipher)
    file = SharedFile(file="telltale-file", name=FILE_NAME, media_type="text/csv", size=len(FILE_TEXT))
    files.begin(connection, ROOM, "zora", file, NOW)
    files.put_part(connection, file.file, 0, FILE_TEXT.encode())
    counter = chat.counter(connection, ROOM)
    body = Body(name=NAME, to_name=ADMITTED, text=MESSAGE, files=[file])
    event = Event(
        id="telltale-event",
        room=ROOM,
        seq=counter.next(),
        at=NOW,
        kind="message",
        sender="zora",
        key="k" * 22,
        body=body,
        recipient="adm",
    )
    chat.add(connection, event)
    chat.close(connection, counter)
    chat.react(connection, ROOM, event.seq, "adm", EMOJI, True)
    chat.enter(connection, ROOM, "zora")


def _operators(store: Store, connection: Connection) -> None:
    AdminKeys(store.cipher).add(connection, AdminKey(id="k1", name=OPERATOR, created_at=NOW), "a" * 43)
    webhooks = Webhooks(store.cipher)
    webhooks.add(connection, Endpoint(id="e1", url=HOOK, secret=HOOK_SECRET, created_at=NOW))
    delivery = Delivery(id="d1", endpoint="e1", event="v1", type="participant.joined", room=ROOM, at=NOW)
    webhooks.put(connection, delivery, f'{{"name": "{NAME}"}}'.encode())

"""Mails: none is lost while the mail server is away; a real one gets them over TLS, development gets files."""

import email
import email.policy
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from signaling.accounts import mail_texts
from signaling.accounts.config import AccountConfig
from signaling.accounts.mail import FileSender, MailPutOff, MailRefused, SmtpSender, mail_sender
from signaling.accounts.mail_outbox import BACKOFF_S, CLAIM_NS, MailOutbox
from signaling.certificates import load_or_create, server_certificate
from signaling.counters import Counters
from signaling.database import Database
from signaling.storage.mails import Mail
from tests.signaling.account_world import EMAIL, MemoryMail, account_world, code_of
from treble.units import SECOND

MAIL = Mail(to=EMAIL, subject="Grüße", text="Öffne:\n\nhttps://x/account/verify#" + "c" * 43 + "\n")
NOW = 1_800_000_000 * SECOND


# --- the outbox -------------------------------------------------------------------------------------------------


class Refusing:
    def send(self, mail_id: str, mail: Mail, wall_s: int) -> None:
        raise MailRefused("never")


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await Database.open(tmp_path)
    yield opened
    opened.close()


class Rig:
    def __init__(self, database: Database, sender: Any) -> None:
        self.now_ns = NOW
        self.counters = Counters()
        self.database = database
        self.sender = sender
        self.outbox = MailOutbox(database, sender, self.counters, lambda: self.now_ns)

    async def add(self, lifetime_ns: int = 24 * 3600 * SECOND) -> None:
        expires_at = self.now_ns + lifetime_ns
        await self.database.write(lambda connection: self.outbox.add(connection, MAIL, expires_at))

    async def waiting(self) -> list[Any]:
        return await self.database.read(lambda connection: self.database.mails.due(connection, 2**62, 10))


async def test_a_mail_is_sent_once_and_gone(database: Database) -> None:
    rig = Rig(database, MemoryMail())
    await rig.add()
    for _ in range(3):
        await rig.outbox.once()
    assert rig.sender.sent == [MAIL]
    assert await rig.waiting() == []


async def test_no_mail_is_lost_while_the_server_is_down(database: Database) -> None:
    rig = Rig(database, MemoryMail(down=True))
    await rig.add()
    tried = []
    for second in range(20_000):
        before = rig.counters.get("mails", "put off")
        if second % 5 == 0:
            await rig.outbox.once() if (await rig.waiting())[0].due_at <= rig.now_ns else None
        if rig.counters.get("mails", "put off") > before:
            tried.append(second)
        if len(tried) == 4:
            break
        rig.now_ns += SECOND
    assert tried == [0, BACKOFF_S[0], sum(BACKOFF_S[:2]), sum(BACKOFF_S[:3])]
    rig.sender.down = False
    rig.now_ns += BACKOFF_S[3] * SECOND
    await rig.outbox.once()
    assert rig.sender.sent == [MAIL]


async def test_a_server_that_dies_in_the_middle_leaves_the_mail_to_the_next(database: Database) -> None:
    rig = Rig(database, MemoryMail())
    await rig.add()
    (queued,) = await rig.waiting()
    claimed = NOW + CLAIM_NS
    assert await database.write(lambda connection: database.mails.claim(connection, queued, claimed))
    await rig.outbox.once()
    assert rig.sender.sent == []  # somebody is at it
    rig.now_ns = claimed
    await rig.outbox.once()
    assert rig.sender.sent == [MAIL]


async def test_a_refused_mail_is_not_tried_again(database: Database) -> None:
    rig = Rig(database, Refusing())
    await rig.add()
    await rig.outbox.once()
    assert await rig.waiting() == []
    assert rig.counters.get("mails", "refused") == 1


async def test_a_mail_whose_code_has_expired_is_given_up(database: Database) -> None:
    rig = Rig(database, MemoryMail(down=True))
    await rig.add(1800 * SECOND)
    rig.now_ns += 1800 * SECOND
    rig.sender.down = False
    await rig.outbox.once()
    assert (rig.sender.sent, await rig.waiting()) == ([], [])
    assert rig.counters.get("mails", "given up") == 1


async def test_a_mail_and_what_it_is_about_are_stored_together(tmp_path: Path) -> None:
    """The mail server is down and ours restarts: the link still comes, and works."""
    async with account_world(tmp_path) as world:
        world.mail.down = True
        assert (await world.browser().sign_up()).status_code == 202
    async with account_world(tmp_path) as world:
        world.pass_time(3600)
        answer = await world.browser().post("/api/account/verify", {"code": await world.code(1)})
        assert answer.status_code == 200
        assert (await world.browser().log_in()).status_code == 200
        assert code_of(await world.browser().log_in(password="wrong password")) == "login.wrong"


# --- a real mail server -----------------------------------------------------------------------------------------


class Inbox:
    """What a mail server does with what it gets; `answer` replaces its `250`."""

    def __init__(self) -> None:
        self.got: list[tuple[Envelope, bool]] = []
        self.answer = ""

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.answer:
            return self.answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.got.append((envelope, session.ssl is not None))
        return "250 OK"

    def message(self) -> EmailMessage:
        return email.message_from_bytes(self.got[-1][0].content, policy=email.policy.default)


def check(
    _server: object, _session: object, _envelope: object, _how: str, given: LoginPassword
) -> AuthResult:
    return AuthResult(success=(given.login, given.password) == (b"treble", b"p@ss:word"), handled=False)


@contextmanager
def mail_server(inbox: Inbox, host: str = "127.0.0.1", **options: Any) -> Iterator[int]:
    with socket.create_server((host, 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(inbox, host, port, **options)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


@pytest.fixture
def tls(tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The server's context, and a client's that trusts it."""
    authority = load_or_create(tmp_path)
    certificate, key = server_certificate(authority, ["127.0.0.1", "localhost"])
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(certificate, key)
    return server, ssl.create_default_context(cadata=authority.pem.decode())


def test_over_starttls_with_a_password(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    inbox = Inbox()
    options = {"tls_context": tls[0], "require_starttls": True, "auth_required": True, "authenticator": check}
    with mail_server(inbox, **options) as port:
        url = f"smtp://treble:p%40ss%3Aword@127.0.0.1:{port}"
        SmtpSender(url, "Treble <meet@example.org>", tls[1]).send("m1", MAIL, NOW // SECOND)
        wrong = SmtpSender(f"smtp://treble:wrong@127.0.0.1:{port}", "meet@example.org", tls[1])
        with pytest.raises(MailPutOff, match="password"):
            wrong.send("m2", MAIL, 0)
    ((envelope, over_tls),) = inbox.got
    assert over_tls
    assert (envelope.mail_from, envelope.rcpt_tos) == ("meet@example.org", [EMAIL])
    message = inbox.message()
    assert (message["To"], message["From"], message["Subject"]) == (
        EMAIL,
        "Treble <meet@example.org>",
        "Grüße",
    )
    assert message["Message-ID"] == "<m1@example.org>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "text/plain"
    assert message.get_content().split() == MAIL.text.split()


def test_over_tls_from_the_start(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    inbox = Inbox()
    with mail_server(inbox, ssl_context=tls[0]) as port:
        SmtpSender(f"smtps://127.0.0.1:{port}", "meet@example.org", tls[1]).send("m", MAIL, 0)
    assert len(inbox.got) == 1


def test_a_server_that_nobody_vouches_for_gets_nothing(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    inbox = Inbox()
    with mail_server(inbox, tls_context=tls[0]) as port, pytest.raises(MailPutOff):
        SmtpSender(f"smtp://127.0.0.1:{port}", "meet@example.org").send("m", MAIL, 0)
    assert inbox.got == []


def test_a_server_on_this_machine_may_do_without_tls_and_no_other() -> None:
    inbox = Inbox()
    with mail_server(inbox) as port:
        SmtpSender(f"smtp://localhost:{port}", "meet@example.org").send("m", MAIL, 0)
    assert len(inbox.got) == 1
    with mail_server(inbox, host="127.0.0.2") as port, pytest.raises(MailPutOff, match="no TLS"):
        SmtpSender(f"smtp://127.0.0.2:{port}", "meet@example.org").send("m", MAIL, 0)
    assert len(inbox.got) == 1


@pytest.mark.parametrize(
    ("answer", "kind"),
    [("550 no such user", MailRefused), ("450 try later", MailPutOff), ("552 full", MailRefused)],
)
def test_what_the_server_says_decides_whether_we_try_again(answer: str, kind: type[Exception]) -> None:
    inbox = Inbox()
    inbox.answer = answer
    with mail_server(inbox) as port, pytest.raises(kind) as error:
        SmtpSender(f"smtp://localhost:{port}", "meet@example.org").send("m", MAIL, 0)
    assert EMAIL not in str(error.value)  # it goes to the log


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(MailPutOff):
        SmtpSender(f"smtp://localhost:{port}", "meet@example.org").send("m", MAIL, 0)


async def test_end_to_end_over_a_server_that_comes_back(database: Database) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    rig = Rig(database, SmtpSender(f"smtp://localhost:{port}", "meet@example.org"))
    await rig.add()
    await rig.outbox.once()
    assert len(await rig.waiting()) == 1
    inbox = Inbox()
    controller = Controller(inbox, "127.0.0.1", port)
    controller.start()
    try:
        rig.now_ns += BACKOFF_S[0] * SECOND
        await rig.outbox.once()
    finally:
        controller.stop()
    assert len(inbox.got) == 1
    assert await rig.waiting() == []


# --- files ------------------------------------------------------------------------------------------------------


def test_in_development_mails_are_files(tmp_path: Path) -> None:
    sender = mail_sender(AccountConfig(), tmp_path)
    assert isinstance(sender, FileSender)
    sender.send("m1", MAIL, 1_800_000_000)
    sender.send("m1", MAIL, 1_800_000_000)  # the same after a crash: the same file
    (path,) = (tmp_path / "outbox").iterdir()
    assert path.name == "1800000000-m1.eml"
    assert path.stat().st_mode & 0o077 == 0
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert message.get_content().strip() == MAIL.text.strip()


def test_a_link_stays_in_one_piece(tmp_path: Path) -> None:
    mail = mail_texts.confirm_sign_up(EMAIL, "https://meet.example.org:8443", "c" * 43)
    FileSender(tmp_path, "meet@example.org").send("m1", mail, 0)
    (path,) = tmp_path.iterdir()
    assert f"\nhttps://meet.example.org:8443/account/verify#{'c' * 43}\n" in path.read_text()


def test_a_folder_that_cannot_be_written_is_no_lost_mail(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file")
    with pytest.raises(MailPutOff):
        FileSender(tmp_path / "outbox", "meet@example.org").send("m1", MAIL, 0)


def test_a_mail_server_is_used_where_there_is_one(tmp_path: Path) -> None:
    assert isinstance(mail_sender(AccountConfig(smtp_url="smtps://mail.example.org"), tmp_path), SmtpSender)

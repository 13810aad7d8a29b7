"""Handing a mail over: to an SMTP server, or in development to a folder of files. Blocking."""

import os
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from signaling.accounts.config import AccountConfig
from signaling.storage.mails import Mail

SMTP_SECONDS: Final = 10.0  # for each answer of the server
SUBMISSION_PORT: Final = 587
TLS_PORT: Final = 465
PERMANENT: Final = range(500, 600)  # SMTP answers that trying again does not change (RFC 5321 section 4.2.1)
_LOCAL: Final = ("localhost", "127.0.0.1", "::1")
OUTBOX: Final = "outbox"


class MailPutOff(Exception):
    """Not now; try again. The text has no address in it."""


class MailRefused(Exception):
    """The server will never take this mail."""


class MailSender(Protocol):
    def send(self, mail_id: str, mail: Mail, wall_s: int) -> None:
        """Raises `MailPutOff` or `MailRefused`. The same `mail_id` may come twice after a crash."""


def mail_sender(config: AccountConfig, data: Path) -> MailSender:
    if config.smtp_url:
        return SmtpSender(config.smtp_url, config.mail_from)
    return FileSender(data / OUTBOX, config.mail_from)


def as_message(mail_id: str, mail: Mail, sender: str, wall_s: int) -> EmailMessage:
    """Two mails with one id are one mail: `Message-ID` says so."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Date"] = formatdate(wall_s)
    message["Message-ID"] = f"<{mail_id}@{sender.rpartition('@')[2].strip('>') or 'localhost'}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday answers
    message.set_content(mail.text, cte="7bit" if mail.text.isascii() else None)  # 7bit: a link is one line
    return message


class FileSender:
    """One `.eml` file for each mail, for its owner only."""

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    def send(self, mail_id: str, mail: Mail, wall_s: int) -> None:
        path = self._folder / f"{wall_s}-{mail_id}.eml"
        draft = path.with_suffix(".part")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with open(handle, "wb") as file:
                file.write(as_message(mail_id, mail, self._sender, wall_s).as_bytes())
            os.rename(draft, path)
        except OSError as error:
            raise MailPutOff(error.strerror) from None


class SmtpSender:
    """`smtp://user:password@host:port` with STARTTLS, `smtps://` with TLS from the start.

    Certificates are checked. Only a server on this machine may do without TLS.
    """

    def __init__(self, url: str, sender: str, context: ssl.SSLContext | None = None) -> None:
        self._url = urlsplit(url)
        self._sender = sender
        self._context = ssl.create_default_context() if context is None else context

    def send(self, mail_id: str, mail: Mail, wall_s: int) -> None:
        try:
            with self._connect(self._url) as server:
                server.send_message(as_message(mail_id, mail, self._sender, wall_s))
        except smtplib.SMTPRecipientsRefused as error:
            raise _failure(max(code for code, _ in error.recipients.values()), "recipient") from None
        except smtplib.SMTPNotSupportedError:
            raise MailRefused("the server takes no such address") from None
        except smtplib.SMTPAuthenticationError as error:
            raise MailPutOff(f"user name or password: {error.smtp_code}") from None
        except smtplib.SMTPResponseException as error:
            raise _failure(error.smtp_code, "server") from None
        except (smtplib.SMTPException, OSError) as error:
            raise MailPutOff(f"{type(error).__name__}: {self._url.hostname}") from None

    def _connect(self, url: SplitResult) -> smtplib.SMTP:
        host = url.hostname or "localhost"
        if url.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                host, url.port or TLS_PORT, timeout=SMTP_SECONDS, context=self._context
            )
        else:
            server = smtplib.SMTP(host, url.port or SUBMISSION_PORT, timeout=SMTP_SECONDS)
        try:
            server.ehlo()
            if url.scheme != "smtps" and (server.has_extn("starttls") or host not in _LOCAL):
                server.starttls(context=self._context)
                server.ehlo()
            if url.username:
                server.login(unquote(url.username), unquote(url.password or ""))
        except smtplib.SMTPNotSupportedError:
            server.close()
            raise MailPutOff("the mail server speaks no TLS, or takes no password") from None
        except BaseException:
            server.close()
            raise
        return server


def _failure(code: int, who: str) -> Exception:
    kind = MailRefused if code in PERMANENT else MailPutOff
    return kind(f"{who}: {code}")

"""What becomes of one chat request inside the transaction that numbers it.

Each of these first looks whether the client's key has been stored: then the stored answer is given again, whatever is
allowed by now. All checks come before the first write, for several requests share a transaction.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec
from sqlalchemy import Connection

from signaling.actions import Action, Verdict
from signaling.chat.text import clean_emoji, clean_text
from signaling.chat.view import item_of
from signaling.chat_messages import Edit, Erase, React, Said, Say, SharedFile
from signaling.permissions import Overrides, Policy, require, verdict
from signaling.storage.chat import MESSAGE, Body, ChatStore, Counter, Event
from signaling.storage.chat_files import ChatFiles, parts_of
from treble.api import ApiError, ChatItem, Role
from treble.ids import new_id
from treble.units import MILLISECOND

MAX_EMOJIS: Final = 20  # different ones under one message


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who asks, with the rights of that moment. `refusal` stands before anything that is not yet stored."""

    room: str
    id: str
    name: str
    role: Role
    policy: Policy
    overrides: Overrides

    def require(self, action: Action) -> None:
        require(self.role, action, self.policy, self.overrides)

    @property
    def may_read_all(self) -> bool:
        return verdict(self.role, Action.HISTORY, self.policy, self.overrides) is Verdict.ALLOW


@dataclass(frozen=True, slots=True)
class Stored:
    """`at` in Unix nanoseconds; `item` is what the Room is told."""

    seq: int
    at: int
    item: ChatItem

    def answer(self, re: int) -> Said:
        return Said(re=re, seq=self.seq, at=self.at // MILLISECOND)


Writing = Say | Edit | Erase | React
Work = Callable[[Connection, Counter], Stored]


class Saying:
    """`to_name`: of the participant that a private message is for; None where there is no such one."""

    def __init__(self, store: ChatStore, files: ChatFiles, wall_ns: Callable[[], int]) -> None:
        self._store = store
        self._files = files
        self._wall_ns = wall_ns

    def work(self, speaker: Speaker, message: Writing, to_name: str | None) -> Work:
        """The part for the transaction; `ApiError` for what cannot be whatever is stored."""
        text = clean_text(message.text) if isinstance(message, Say | Edit) else ""
        if isinstance(message, Say | Edit) and not text and not getattr(message, "files", []):
            raise ApiError("bad.text", "nothing to say")
        if isinstance(message, React):
            clean_emoji(message.emoji)

        def work(connection: Connection, counter: Counter) -> Stored:
            stored = self._store.of_key(connection, speaker.room, speaker.id, message.key)
            if stored is not None:
                target = None if stored.target is None else self._message(connection, speaker, stored.target)
                return Stored(stored.seq, stored.at, item_of(stored, target))
            match message:
                case Say():
                    return self._say(connection, counter, speaker, message, text, to_name)
                case Edit():
                    return self._edit(connection, counter, speaker, message, text)
                case Erase():
                    return self._erase(connection, counter, speaker, message)
                case React():
                    return self._react(connection, counter, speaker, message)

        return work

    def _say(
        self,
        connection: Connection,
        counter: Counter,
        speaker: Speaker,
        say: Say,
        text: str,
        to_name: str | None,
    ) -> Stored:
        speaker.require(Action.CHAT)
        if say.to is not None:
            speaker.require(Action.WHISPER)
            if to_name is None:
                raise ApiError("not.found", "to")
        if say.reply is not None:
            self._seen(connection, speaker, say.reply)
        files = self._files_of(connection, speaker, say)
        body = Body(name=speaker.name, to_name=to_name or "", text=text, reply=say.reply, files=files)
        stored = self._add(connection, counter, speaker, MESSAGE, say.key, body, recipient=say.to)
        for file in files:
            self._files.attach(connection, file.file, stored.seq)
        return stored

    def _edit(
        self, connection: Connection, counter: Counter, speaker: Speaker, edit: Edit, text: str
    ) -> Stored:
        target = self._seen(connection, speaker, edit.seq)
        if target.sender != speaker.id:
            raise ApiError("forbidden", "another's message")
        speaker.require(Action.CHAT if target.recipient is None else Action.WHISPER)
        body = msgspec.structs.replace(target.body, text=text, edited_at=self._wall_ns())
        self._store.replace_body(connection, target, body)
        target = msgspec.structs.replace(target, body=body)
        own = Body(name=speaker.name)
        return self._add(connection, counter, speaker, "edit", edit.key, own, target=target)

    def _erase(self, connection: Connection, counter: Counter, speaker: Speaker, erase: Erase) -> Stored:
        target = self._seen(connection, speaker, erase.seq)
        if target.sender != speaker.id:
            speaker.require(Action.ERASE)
        self._store.erase(connection, target)
        return self._add(
            connection, counter, speaker, "erase", erase.key, Body(name=speaker.name), target=target
        )

    def _react(self, connection: Connection, counter: Counter, speaker: Speaker, react: React) -> Stored:
        speaker.require(Action.REACT)
        target = self._seen(connection, speaker, react.seq)
        there = self._store.reactions(connection, speaker.room, [target.seq]).get(target.seq, {})
        if react.on and react.emoji not in there and len(there) >= MAX_EMOJIS:
            raise ApiError("reactions.full", f"{MAX_EMOJIS} different ones")
        self._store.react(connection, speaker.room, target.seq, speaker.id, react.emoji, react.on)
        body = Body(name=speaker.name, emoji=react.emoji, on=react.on)
        return self._add(connection, counter, speaker, "reaction", react.key, body, target=target)

    def _add(
        self,
        connection: Connection,
        counter: Counter,
        speaker: Speaker,
        kind: str,
        key: str,
        body: Body,
        *,
        recipient: str | None = None,
        target: Event | None = None,
    ) -> Stored:
        """The event, for those who have the message that it is about."""
        if target is not None and target.recipient is not None:
            recipient = target.recipient if target.sender == speaker.id else target.sender
        event = Event(
            id=new_id(os.urandom),
            room=speaker.room,
            seq=counter.next(),
            at=self._wall_ns(),
            kind=kind,
            sender=speaker.id,
            recipient=recipient,
            target=None if target is None else target.seq,
            key=key,
            body=body,
        )
        self._store.add(connection, event)
        return Stored(event.seq, event.at, item_of(event, target))

    def _seen(self, connection: Connection, speaker: Speaker, seq: int) -> Event:
        """A message that the speaker may see and that is not erased; else `not.found`, whatever the reason."""
        message = self._store.message(connection, speaker.room, seq)
        if message is None or message.body.erased or not message.is_for(speaker.id):
            raise ApiError("not.found", "message")
        if not speaker.may_read_all:
            mark = self._store.mark(connection, speaker.room, speaker.id)
            if mark is None or seq <= mark.first_seq:
                raise ApiError("not.found", "message")
        return message

    def _message(self, connection: Connection, speaker: Speaker, seq: int) -> Event | None:
        return self._store.message(connection, speaker.room, seq)

    def _files_of(self, connection: Connection, speaker: Speaker, say: Say) -> list[SharedFile]:
        """One's own files that are there in full and in no message yet."""
        if say.files:
            speaker.require(Action.FILES)
        files = []
        for each in dict.fromkeys(say.files):
            file = self._files.find(connection, speaker.room, each)
            is_own = file is not None and file.participant == speaker.id and file.message is None
            if file is None or not is_own or self._files.parts(connection, each) < parts_of(file.size):
                raise ApiError("not.found", "file")
            files.append(
                SharedFile(file=file.file, name=file.name, media_type=file.media_type, size=file.size)
            )
        return files

"""The JSON bodies of the accounts' API: bounded, and nothing in them that we do not know."""

from typing import Annotated

import msgspec

from signaling.message import Name

Email = Annotated[str, msgspec.Meta(min_length=3, max_length=508)]
Password = Annotated[str, msgspec.Meta(max_length=1024)]
Secret = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Back = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of all."""


class Guest(Body, frozen=True):
    name: Name


class Credentials(Body, frozen=True):
    email: Email
    password: Password


class SignUp(Body, frozen=True):
    email: Email
    password: Password
    name: Name


class Code(Body, frozen=True):
    code: Secret


class EmailOnly(Body, frozen=True):
    email: Email


class CodeAndPassword(Body, frozen=True):
    code: Secret
    password: Password


class NameOnly(Body, frozen=True):
    name: Name


class NewPassword(Body, frozen=True):
    new: Password
    old: Password | None = None


class NewEmail(Body, frozen=True):
    email: Email
    password: Password | None = None


class PasswordOnly(Body, frozen=True):
    password: Password | None = None


class BeginOAuth(Body, frozen=True):
    back: Back = "/"
    link: bool = False

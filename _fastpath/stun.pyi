"""Test face of the STUN responder; the engine calls the functions of stun.pxd, nobody else this."""

from typing import NotRequired, TypedDict

from typing_extensions import Buffer

class BindingRequest(TypedDict):
    transaction_id: bytes
    username: bytes
    local_size: int
    integrity_offset: int
    has_fingerprint: bool
    use_candidate: bool
    controlling: bool
    priority: int
    verified: NotRequired[bool]

def parse(data: Buffer, password: bytes | None = None) -> BindingRequest | None:
    """With a password the integrity is checked too (`verified`). None: no well-formed check."""

def answer(data: bytes, password: bytes, address: bytes, port: int) -> bytes | None:
    """The success response to a check; `address` is 4 or 16 bytes."""

def hmac_sha1(key: bytes, message: bytes) -> bytes: ...

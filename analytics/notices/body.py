"""What the bodies of all notices share: the shape of Standard Webhooks, a place, a thing, words."""

from datetime import datetime

import msgspec


class Words(msgspec.Struct):
    """The same in both languages."""

    zh: str
    en: str


class Where(msgspec.Struct):
    """A place, with how to get in."""

    path: str
    zh: str
    address: str
    access: str


class Thing(msgspec.Struct):
    """An asset."""

    code: str
    zh: str
    en: str


class _Envelope(msgspec.Struct):
    type: str
    timestamp: datetime
    data: msgspec.Struct


def enveloped(kind: str, at: datetime, body: msgspec.Struct) -> bytes:
    """A notice as JSON (type, timestamp, data).

    References:
        Standard Webhooks 1.0, payload structure.
    """
    return msgspec.json.encode(_Envelope(kind, at, body))

"""The fingerprint of a line of history, so that a changed line can be found."""

import hashlib
from datetime import UTC, datetime

import msgspec

Field = str | int | datetime | None


def digest_of(*fields: Field) -> bytes:
    """SHA-256 over the fields as one JSON array; times in UTC with microseconds.

    Example:
        >>> digest_of("alarm", 1).hex()[:8]
        'ccdf5af5'
    """
    return hashlib.sha256(msgspec.json.encode([_plain(field) for field in fields])).digest()


def _plain(field: Field) -> str | int | None:
    if isinstance(field, datetime):
        return field.astimezone(UTC).isoformat(timespec="microseconds")
    return field

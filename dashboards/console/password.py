"""Passwords: hashed with argon2id, checked in the same time whether the name exists or not."""

import secrets
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from dashboards.console.errors import BadUser

MINIMUM_LENGTH: Final = 10
"""Characters; length rather than rules about kinds of characters (NIST SP 800-63B, unverified)."""
_MAXIMUM_LENGTH: Final = 200
_HASHER: Final = PasswordHasher()
"""The library's default, RFC 9106's second recommendation: 64 MiB, three passes, four lanes."""


_READABLE: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without letters and digits that look like others."""


def new_password() -> str:
    """A password that a person can type: about 79 bits in four groups."""
    groups = ("".join(secrets.choice(_READABLE) for _ in range(4)) for _ in range(4))
    return "-".join(groups)


@cache
def _nobody() -> str:
    """What a name is checked against that does not exist; made when first asked for."""
    return _HASHER.hash("the password of nobody")


def hash_password(password: str) -> str:
    """The hash to store.

    Raises:
        BadUser: The password is too short or too long.
    """
    if not MINIMUM_LENGTH <= len(password) <= _MAXIMUM_LENGTH:
        raise BadUser(f"a password has {MINIMUM_LENGTH} to {_MAXIMUM_LENGTH} characters")
    return _HASHER.hash(password)


def is_password(stored: str | None, password: str) -> bool:
    """Whether the password belongs to the hash; `None` stands for a name that does not exist."""
    if len(password) > _MAXIMUM_LENGTH:
        return False
    try:
        _HASHER.verify(_nobody() if stored is None else stored, password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None

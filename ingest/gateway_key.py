"""Secrets of gateways on the second path: hashes in a file, compared in constant time.

A hash is either 64 hexadecimal digits, the SHA-256 of a random secret of 128 bits or more, or
Mosquitto's `$7$iterations$salt$hash`, PBKDF2 with SHA-512, for secrets that a person chose.

References:
    mosquitto_passwd(1) of 2.0.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import structlog

from ingest.errors import BadSettings

log = structlog.get_logger(__name__)

_KEY_BYTES: Final = 64
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_MOST_ITERATIONS: Final = 1_000_000
_CHEAP_ITERATIONS: Final = 10_000
"""Some milliseconds; mosquitto_passwd of 2.0 makes 101."""
_REMEMBERED: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyHash:
    """A secret that can be recognised and not read; 0 iterations mean plain SHA-256."""

    iterations: int
    salt: bytes
    key: bytes


NOBODY: Final = KeyHash(iterations=0, salt=b"", key=bytes(32))
"""Stands in for an unknown gateway, so that the answer tells nothing."""


def parse_hash(text: str) -> KeyHash:
    """A hash in one of the two forms. Raises ValueError when it is none."""
    if _SHA256.fullmatch(text):
        return KeyHash(iterations=0, salt=b"", key=bytes.fromhex(text))
    parts = text.split("$")
    if len(parts) != 5 or parts[:2] != ["", "7"]:
        raise ValueError("a hash is 64 hexadecimal digits or $7$iterations$salt$hash")
    iterations = int(parts[2])
    if not 1 <= iterations <= _MOST_ITERATIONS:
        raise ValueError(f"{iterations} iterations")
    try:
        salt, key = (base64.b64decode(part, validate=True) for part in parts[3:])
    except binascii.Error as error:
        raise ValueError("salt and hash are base64") from error
    return KeyHash(iterations=iterations, salt=salt, key=key)


def matches(secret: str, known: KeyHash) -> bool:
    """Whether the secret is the one."""
    if not known.iterations:
        return hmac.compare_digest(hashlib.sha256(secret.encode()).digest(), known.key)
    made = hashlib.pbkdf2_hmac(
        "sha512", secret.encode(), known.salt, known.iterations, dklen=len(known.key) or _KEY_BYTES
    )
    return hmac.compare_digest(made, known.key)


class GatewayKeys:
    """The file of hashes, read again when it changes; a broken file leaves the last good one.

    A gateway has one hash, or a list of hashes while its secret is being changed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int] = (0, 0)
        self._keys: dict[str, tuple[KeyHash, ...]] = {}
        self._proved: OrderedDict[tuple[str, bytes], KeyHash] = OrderedDict()
        self._keys, self._seen = self._read()

    def admits(self, gateway: str, secret: str, *, may_cost: bool = True) -> bool:
        """Whether the secret is this gateway's.

        Args:
            may_cost: Also try hashes that take long on purpose; without it such a secret is
                recognised only when it was proved before.
        """
        self._refresh()
        known = self._keys.get(gateway, ())
        proof = (gateway, hashlib.sha256(secret.encode()).digest())
        if any(self._proved.get(proof) is one for one in known):
            return True
        tried = [one for one in known if may_cost or one.iterations <= _CHEAP_ITERATIONS]
        found = [one for one in tried or (NOBODY,) if matches(secret, one)]
        if not found or not known:
            return False
        self._proved[proof] = found[0]
        if len(self._proved) > _REMEMBERED:
            self._proved.popitem(last=False)
        return True

    def _refresh(self) -> None:
        try:
            found = self._path.stat()
            if (found.st_mtime_ns, found.st_size) == self._seen:
                return
            self._keys, self._seen = self._read()
        except (OSError, BadSettings) as error:
            log.warning("gateway_keys_not_read", error=str(error))

    def _read(self) -> tuple[dict[str, tuple[KeyHash, ...]], tuple[int, int]]:
        try:
            file = self._path.stat()
            texts = msgspec.json.decode(self._path.read_bytes(), type=dict[str, str | list[str]])
            keys = {gateway: _parse_hashes(found) for gateway, found in texts.items()}
        except (OSError, ValueError) as error:
            raise BadSettings(f"TOWERWATCH_GATEWAY_KEYS {self._path}: {error}") from error
        return keys, (file.st_mtime_ns, file.st_size)


def _parse_hashes(found: str | list[str]) -> tuple[KeyHash, ...]:
    texts = [found] if isinstance(found, str) else found
    return tuple(parse_hash(text) for text in texts)

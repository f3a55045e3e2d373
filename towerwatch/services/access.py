"""Who may do what at the broker: users, password hashes and access lists.

Gateways and the platform meet at two listeners, so that no gateway can take over the client id
of a platform process.
"""

import base64
import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from towerwatch.errors import WrongSettings

DATA_WORKERS = 8
"""Platform users that are prepared for workers of the data lane."""
PLATFORM = "tw-platform"
PROBE = "tw-probe"
"""A user without any right and with a new password at each change of the users: when it gets in, the
broker has read the change."""
_GATEWAY_ID = re.compile(r"[a-z0-9-]{3,40}")
_ITERATIONS = 101
"""mosquitto_passwd's own number; our passwords are random, stretching would slow logins only."""
_SALT_BYTES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerUser:
    """A user of the broker and its access lines."""

    name: str
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayCredentials:
    """What a gateway needs to log in: a user for each lane, and one secret for the second path."""

    gateway: str
    alarm_user: str
    alarm_password: str = field(repr=False)
    data_user: str
    data_password: str = field(repr=False)
    intake_secret: str = field(repr=False)


def check_gateway_id(gateway: str) -> str:
    """Return a gateway id that is safe in topics and access lists.

    Raises:
        WrongSettings: it has other letters than a-z, 0-9 and -, or not 3 to 40 of them.
    """
    if not _GATEWAY_ID.fullmatch(gateway):
        raise WrongSettings(f"{gateway!r} is no gateway id: 3 to 40 of a-z, 0-9 and -.")
    return gateway


def hash_password(password: str, salt: bytes | None = None) -> str:
    """Return Mosquitto's `$7$` form of a password: PBKDF2 with SHA-512.

    References:
        mosquitto_passwd(1) of 2.0.
    """
    salt = secrets.token_bytes(_SALT_BYTES) if salt is None else salt
    made = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS, dklen=64)
    encoded = (base64.b64encode(part).decode("ascii") for part in (salt, made))
    return "$".join(("", "7", str(_ITERATIONS), *encoded))


def gateway_users(gateway: str) -> tuple[BrokerUser, BrokerUser]:
    """Return the two users of a gateway: the alarm lane and the data lane."""
    root = f"tw/1/{check_gateway_id(gateway)}"
    alarm = BrokerUser(
        name=f"{gateway}.alarm",
        topics=(
            f"topic write {root}/alarm",
            f"topic write {root}/state/alarm",
            f"topic read {root}/receipt/alarm",
            f"topic read {root}/command",
        ),
    )
    lane = BrokerUser(
        name=f"{gateway}.data",
        topics=(
            f"topic write {root}/data/+",
            f"topic write {root}/state/data",
            f"topic read {root}/receipt/data",
        ),
    )
    return alarm, lane


def platform_users() -> tuple[BrokerUser, ...]:
    """Return the users of the platform's own processes."""
    alarm = BrokerUser(
        name="tw-ingest-alarm",
        topics=(
            "topic read tw/1/+/alarm",
            "topic read tw/1/+/state/+",
            "topic write tw/1/+/receipt/+",
            "topic write tw/1/+/command",
            "topic read $SYS/#",
        ),
    )
    lanes = ("topic read tw/1/+/data/+", "topic read tw/1/+/state/data")
    workers = (
        BrokerUser(name=f"tw-ingest-data-{n}", topics=(*lanes, "topic write tw/1/+/receipt/+"))
        for n in range(DATA_WORKERS)
    )
    everything = BrokerUser(name=PLATFORM, topics=("topic readwrite tw/#", "topic read $SYS/#"))
    return (alarm, *workers, everything)


def gateways_of(users: Iterable[str]) -> tuple[str, ...]:
    """Return the gateways among users: their names have a dot, the platform's have none."""
    return tuple(sorted({name.rpartition(".")[0] for name in users if "." in name}))


def access_list(users: Iterable[BrokerUser]) -> str:
    """Write Mosquitto's access list. Without a user's block nothing is allowed."""
    blocks = ("\n".join((f"user {user.name}", *user.topics)) for user in users)
    return "\n\n".join(blocks) + "\n"


def parse_passwords(text: str) -> dict[str, str]:
    """Read a password file: user name -> hash. Blank and broken lines are refused.

    Raises:
        WrongSettings: a line that is no `name:$7$...`.
    """
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        name, separator, hashed = line.partition(":")
        if not separator or not name or not hashed.startswith("$7$"):
            raise WrongSettings(f"line {number} of the broker's password file is not name:hash.")
        found[name] = hashed
    return found


def render_passwords(passwords: dict[str, str]) -> str:
    """Write a password file."""
    return "".join(f"{name}:{hashed}\n" for name, hashed in sorted(passwords.items()))

"""The doors of the platform: what certificate each shows to other machines, and when it ends.

A file on a disk proves nothing: a server shows what it read when it started. So each door is knocked
at as a gateway would, and what it shows is kept in a table until it shows something else.
"""

import socket
import ssl
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from gateway.catalogue.platform import CERTIFICATE_ENDING
from gateway.certificate import Certificate, parse_certificate, sentence
from ingest.errors import BadSettings, DoorShut
from ingest.platform_event import PLATFORM, Finding

TIMEOUT_S: Final = 5.0
_PORTS: Final = range(1, 65536)


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Where a server of the platform answers with TLS.

    Attributes:
        host: Name or address that is connected to.
        server_name: By which name it is asked for (SNI); a proxy shows its certificate only then.
    """

    host: str
    port: int
    server_name: str

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        where = f"{host}:{self.port}"
        return where if self.server_name == self.host else f"{self.server_name} ({where})"


def doors_of(text: str) -> tuple[Door, ...]:
    """The doors of a setting: `host:port` or `name@host:port`, separated by blanks; each once.

    Raises:
        BadSettings: One is not of that form.
    """
    return tuple(dict.fromkeys(_door_of(word) for word in text.split()))


def _door_of(word: str) -> Door:
    name, _, address = word.rpartition("@")
    host, _, port = address.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isdecimal() or int(port) not in _PORTS:
        raise BadSettings(f"TOWERWATCH_TLS_DOORS: {word!r} is not [name@]host:port")
    return Door(host=host, port=int(port), server_name=name or host)


def knock(door: Door) -> Certificate:
    """What a door shows; it is looked at, not judged: one that is over is what we look for.

    Raises:
        DoorShut: Nobody answers, or not with TLS.
        BadCertificate: It shows something else.
    """
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection((door.host, door.port), timeout=TIMEOUT_S) as plain,
            context.wrap_socket(plain, server_hostname=door.server_name) as secured,
        ):
            shown = secured.getpeercert(binary_form=True)
    except (OSError, ValueError) as error:
        raise DoorShut(f"{door}: {error}") from error
    if shown is None:
        raise DoorShut(f"{door}: shows no certificate")
    return parse_certificate(str(door), shown)


def findings_of(
    known: Sequence[Certificate], doors: int, told: Collection[str], now: datetime
) -> list[Finding]:
    """What is to be told; a door more begins the alarm anew.

    An alarm that stands is not raised again, and one that somebody has acknowledged stays so: the
    gateways' door would end behind the one of a proxy that nobody minds.

    Args:
        told: Doors that the newest look told of.
    """
    finding = judge_doors(known, doors, now)
    if finding is None:
        return []
    if any(one.is_ending(now) and one.name not in told for one in known):
        return [replace(finding, holds=False, detail=""), finding]
    return [finding]


def judge_doors(known: Sequence[Certificate], doors: int, now: datetime) -> Finding | None:
    """Whether a certificate of the platform ends soon; None: too little is known to say it is over.

    Args:
        known: What each door has shown last.
        doors: How many there are.
    """
    ending = [one for one in known if one.is_ending(now)]
    if not ending and len(known) < doors:
        return None
    detail = sentence(ending, now)
    return Finding(gateway=PLATFORM, kind=CERTIFICATE_ENDING, holds=bool(ending), detail=detail)

"""What can go wrong at the gateway.

GatewayError
├── BadSettings      the configuration file is wrong; the message names file, line and field
│   └── BadOptions   a driver's part of it is
├── BadMessage       bytes that are not a message of the protocol (`reason` is an enum)
├── BadFrame         bytes that are not what a device of the site should have sent
├── OutboxUnusable   the outbox file cannot be opened or written
│   ├── OutboxInUse      another process has it open
│   └── OutboxForeign    its messages are another gateway's
├── OutboxFull       no room, and the writer asked to wait instead of giving up old messages
├── DriverFailed     a device or a recording cannot be read
└── BadCertificate   a file or a server's answer is no certificate
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum


class GatewayError(Exception):
    """Base of everything the gateway raises on purpose."""


class BadSettings(GatewayError):
    """The configuration is wrong; the program refuses to start."""


class BadOptions(BadSettings):
    """Fields of a driver's part of the configuration are wrong.

    Attributes:
        mistakes: Where in the driver's part each stands, and what is wrong with it.
    """

    def __init__(self, where: str, mistakes: Sequence[tuple[tuple[int | str, ...], str]]) -> None:
        super().__init__(
            "\n".join(
                f"{where}: {'.'.join(map(str, loc)) or 'content'}: {text}" for loc, text in mistakes
            )
        )
        self.mistakes = mistakes


class Fault(StrEnum):
    """Why bytes from the broker are not a message of the protocol."""

    OVERSIZE = "oversize"
    BAD_UTF8 = "bad_utf8"
    BAD_JSON = "bad_json"
    BAD_SHAPE = "bad_shape"
    BAD_TOPIC = "bad_topic"


class BadMessage(GatewayError):
    """Bytes that cannot be decoded.

    Attributes:
        fault: The reason, for the quarantine and its metric.
        detail: A sentence with what was expected and what stood there.
    """

    def __init__(self, fault: Fault, detail: str) -> None:
        super().__init__(f"{fault}: {detail}")
        self.fault = fault
        self.detail = detail


class BadFrame(GatewayError):
    """Bytes of a device that are no frame of its protocol.

    Attributes:
        reason: A sentence with what was expected and what stood there.
        raw: The bytes, as evidence.
        seen: What could be read of them all the same, by name.
    """

    def __init__(
        self, reason: str, raw: bytes = b"", seen: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.raw = raw
        self.seen = seen or {}


class OutboxUnusable(GatewayError):
    """The outbox cannot be opened or written; nothing was promised to a driver."""


class OutboxInUse(OutboxUnusable):
    """Another gateway process has the file open."""


class OutboxForeign(OutboxUnusable):
    """The messages of a file are another gateway's: they would be sent under a wrong id."""


class OutboxFull(GatewayError):
    """There is no room now; the same message may be offered again when receipts made some."""


class DriverFailed(GatewayError):
    """A device, a broker of the site or a recording cannot be read."""


class BadCertificate(GatewayError):
    """What should be a certificate cannot be read as one."""

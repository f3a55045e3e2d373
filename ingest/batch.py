"""What comes from the broker or the second path, and why it may be refused."""

from dataclasses import dataclass, field
from enum import StrEnum

from gateway.topic import GatewayId, Lane


class Reason(StrEnum):
    """Why a message, or a value of it, is kept in quarantine."""

    BAD_TOPIC = "bad_topic"
    OVERSIZE = "oversize"
    BAD_UTF8 = "bad_utf8"
    BAD_JSON = "bad_json"
    BAD_SHAPE = "bad_shape"
    REFUSED_BY_DATABASE = "refused_by_database"
    IDENTITY_CONFLICT = "identity_conflict"
    UNKNOWN_ASSET = "unknown_asset"
    FOREIGN_ASSET = "foreign_asset"
    UNKNOWN_METRIC = "unknown_metric"
    OUT_OF_RANGE = "out_of_range"
    FUTURE_TIME = "future_time"
    IMPOSSIBLE_TIME = "impossible_time"
    WRONG_TYPE = "wrong_type"
    NOT_A_NUMBER = "not_a_number"
    LENGTHS_DIFFER = "lengths_differ"


class Path(StrEnum):
    """How a message came."""

    MQTT = "mqtt"
    HTTPS = "https"
    PLATFORM = "platform"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """A message as received.

    Attributes:
        gateway: Who sent it, by its topic (the broker's access rules vouch for it).
        received_ms: When it came [ms UTC, platform clock].
        epoch: Which connection it came on; an acknowledgement goes to that one only.
        packet: The broker's packet id on that connection; 0 when nothing is acknowledged.
    """

    gateway: GatewayId
    lane: Lane
    topic: str
    payload: bytes = field(repr=False)
    received_ms: int
    path: Path = Path.MQTT
    epoch: int = 0
    packet: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Values of a message that were refused, while the rest of it is stored.

    Attributes:
        asset: Code as sent.
        metric: Name as sent; "" when a whole row or frame is meant.
        at_ms: Time of the first refused row as sent [ms UTC]; None when it has none.
        sent: The first refused value, as text.
        values: How many values.
    """

    reason: Reason
    asset: str
    metric: str = ""
    at_ms: int | None = None
    sent: str = ""
    values: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """A message that is kept aside, or was stored in part.

    Attributes:
        stream: Its identity, as far as it can be told.
        refused: What of it was refused; empty means all of it.
    """

    message: Inbound
    reason: Reason
    detail: str
    stream: int | None = None
    seq: int | None = None
    refused: tuple[Refusal, ...] = ()


def clean(text: str) -> str:
    """The text as the database can hold it: no NUL and no lone surrogate."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()

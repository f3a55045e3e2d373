"""What a load generator is told, and what it tells: values that cross a pipe as JSON."""

from typing import Literal

import msgspec


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """A gateway's credentials on one lane; the user name is the client id."""

    gateway: str
    user: str
    password: str


class Telemetry(msgspec.Struct, frozen=True, kw_only=True, tag="telemetry"):
    """Sample batches; see `body.Shape`.

    Attributes:
        interval_s: A gateway's time between messages [s]; 0: as fast as receipts come.
        bodies: Different messages made beforehand.
    """

    lifts: int
    reporting: int
    seconds: int
    others: int = 0
    interval_s: float = 0.0
    bodies: int = 120


class Events(msgspec.Struct, frozen=True, kw_only=True, tag="events"):
    """One raise a message, each of another lift, at an even pace over all gateways.

    Attributes:
        event: Canonical name.
        per_s: Events a second of all gateways together [1/s].
        many: How many in all; at most lifts times gateways.
        lifts: Lifts of a gateway.
        first_lift: The first one that raises, so that a second wave meets fresh lifts.
    """

    event: str
    per_s: float
    many: int
    lifts: int
    first_lift: int = 0


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a generator.

    Attributes:
        port: The gateways' listener on loopback.
        seconds: How long new messages are sent [s].
        window: Messages of a gateway without a receipt, at most.
        drain_s: How long to wait for the last receipts [s].
    """

    port: int
    lane: Literal["alarm", "data"]
    logins: list[Login]
    load: Telemetry | Events
    seconds: float
    window: int = 4
    drain_s: float = 60.0
    streams_from: int = 1


class Point(msgspec.Struct, frozen=True, array_like=True):
    """How far receipts had come at a moment; `at_s` is the machine's monotonic clock."""

    at_s: float
    messages: int
    samples: int


class Receipted(msgspec.Struct, frozen=True, array_like=True):
    """A receipt as it came: which gateway of the plan, how far, when [s since 1970]."""

    gateway: int
    through: int
    at_s: float


class Sent(msgspec.Struct, frozen=True, array_like=True):
    """An event that was handed to the network: whose lift, when (monotonic) [s]."""

    gateway: str
    asset: str
    at_s: float


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a generator did.

    Attributes:
        messages: Sent, each once (resends are counted apart).
        receipted: Of these, receipted.
        late: Messages of a paced load that waited for the window.
        waited_s: From sending to the receipt, of each message in order of receipt [s].
        refused: Reason codes of the broker, if any.
    """

    messages: int
    samples: int
    rows: int
    receipted: int
    samples_receipted: int
    resends: int
    late: int
    bytes_sent: int
    began_s: float
    ended_s: float
    curve: list[Point]
    receipts: list[Receipted]
    waited_s: list[float]
    events: list[Sent]
    refused: list[int]

"""What the platform itself has to say about a gateway, on the gateway's own asset."""

from dataclasses import dataclass
from typing import Final

from gateway.catalogue import Ending, EventKind
from gateway.topic import GatewayId

PLATFORM: Final = GatewayId("platform")
"""Gateway of the platform's own events; the registry gives it to nobody."""
MOMENT_PAUSE_MS: Final = 600_000
"""A moment (something without duration) about one gateway is told this often at most [ms]."""


def own_code(gateway: GatewayId) -> str:
    """Code of the asset that stands for a gateway."""
    return f"@gw/{gateway}"


def placeholder_code(gateway: GatewayId, code: str) -> str:
    """Code of the asset that stands for something nobody registered."""
    return f"@{gateway}/{code}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something the platform noticed.

    Attributes:
        holds: Whether it is so (raise) or over (clear).
        detail: A sentence for the one who looks.
    """

    gateway: GatewayId
    kind: EventKind
    holds: bool
    detail: str = ""

    @property
    def is_moment(self) -> bool:
        """Whether it has no duration and is never cleared."""
        return self.kind.ending is Ending.MOMENT

"""What a gateway says of itself: drivers that fail, certificates that end, outboxes out of their place.

Each is one condition of its own asset, told when it begins and ends, and remembered across restarts.
What cannot be stored is said at the next look.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from gateway import clock, wire
from gateway.catalogue import EventKind
from gateway.catalogue.platform import (
    CERTIFICATE_ENDING,
    DRIVER_FAILING,
    OUTBOX_AWAY,
    OUTBOX_FOREIGN,
)
from gateway.certificate import Certificate, Endings
from gateway.foreign_outbox import foreign_in, sentences
from gateway.outbox import Outbox
from gateway.sink import EventRoad
from gateway.topic import OWN_ASSET
from gateway.trouble import Names, Seen, Told, Troubles

_FOREIGN_OVER: Final = "没有其他网关编号的缓存"
_AWAY_OVER: Final = "报警缓存已回到原处"


class Plight:
    """The conditions of one gateway; for one thread."""

    def __init__(self, road: EventRoad, outbox: Outbox, spare: Path) -> None:
        """Take up what stood before a restart.

        Args:
            outbox: That of the alarm lane, open.
            spare: Where it is while its own place cannot be written.
        """
        self._road = road
        self._outbox = outbox
        self._spare = spare
        raised = outbox.raised_conditions()
        stood = {event for asset, event in raised if asset == OWN_ASSET}
        self._troubles = Troubles(is_raised=DRIVER_FAILING.name in stood)
        self._endings = Endings(is_raised=CERTIFICATE_ENDING.name in stood)
        self._foreign = Names(_FOREIGN_OVER, is_raised=OUTBOX_FOREIGN.name in stood)
        self._away = Names(_AWAY_OVER, is_raised=OUTBOX_AWAY.name in stood)

    def look_at_drivers(self, drivers: Sequence[Seen]) -> None:
        """Say which drivers keep failing. Raises OutboxUnusable."""
        self._tell(DRIVER_FAILING, self._troubles.look(drivers), self._troubles.said)

    def look_at_certificates(self, found: Sequence[Certificate], now: datetime) -> None:
        """Say which of the own certificates end soon. Raises OutboxUnusable."""
        self._tell(CERTIFICATE_ENDING, self._endings.look(found, now), self._endings.said)

    def look_at_outboxes(self) -> None:
        """Say which outboxes here are another gateway's, and that the own one is not in its place.

        Raises:
            OutboxUnusable: It cannot be stored.
        """
        folder = self._outbox.home.parent
        told = self._foreign.look(sentences(foreign_in(folder)))
        self._tell(OUTBOX_FOREIGN, told, self._foreign.said)
        where = f"{self._outbox.home} 无法写入, 报警暂存于 {self._spare}"
        told = self._away.look({"away": where} if self._outbox.is_away else {})
        self._tell(OUTBOX_AWAY, told, self._away.said)

    def _tell(self, kind: EventKind, told: Told | None, said: Callable[[Told], None]) -> None:
        """Store an event of the gateway itself, and that its condition stands or is over.

        Args:
            said: Notes that the event is stored: it is not said again for want of a memory.
        """
        if told is None:
            return
        self._road.put(
            [
                wire.WireEvent(
                    asset=OWN_ASSET,
                    at=clock.now_ms(),
                    event=kind.name,
                    state=state,
                    code_system="edge",
                    code=kind.name,
                    text=told.text,
                )
                for state in told.states
            ]
        )
        said(told)
        self._outbox.remember_condition(OWN_ASSET, kind.name, is_raised=told.state == "raise")

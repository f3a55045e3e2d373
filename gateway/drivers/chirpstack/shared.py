"""Conditions that several layouts of a device can say, core: one layout does not end another's.

A device may tell its flags in uplinks of several kinds (a port each). A condition stands while any
of them says so. After a start nobody knows what those not heard yet would say: for a day they are
waited for before such a condition ends.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from gateway.drivers.chirpstack.layout import Layout
from gateway.wire import WireEvent

WAIT_S: Final = 86_400.0
"""How long layouts that were not heard since the start are waited for [s]: devices speak daily."""
_MOST_DEVICES: Final = 20_000


@dataclass(slots=True)
class _Device:
    since_s: float
    said: dict[int, frozenset[str]] = field(default_factory=dict)


class SharedConditions:
    """What each layout of each device said last, bounded; for one driver."""

    def __init__(self, layouts: Sequence[Layout]) -> None:
        self._sayers: dict[tuple[str, str], frozenset[int]] = {}
        for place, layout in enumerate(layouts):
            for flag in layout.flags:
                key = layout.profile, flag.event
                self._sayers[key] = self._sayers.get(key, frozenset()) | {place}
        self._devices: OrderedDict[str, _Device] = OrderedDict()

    def look(
        self, device: str, profile: str, read: Mapping[int, Sequence[WireEvent]], now_s: float
    ) -> list[WireEvent]:
        """One look at a device: what the layouts of an uplink read, without ends that are none.

        Args:
            read: Conditions by the layout's place in the list.
        """
        known = self._devices.setdefault(device, _Device(since_s=now_s))
        self._devices.move_to_end(device)
        while len(self._devices) > _MOST_DEVICES:
            self._devices.popitem(last=False)
        for place, events in read.items():
            known.said[place] = frozenset(one.event for one in events if one.state == "raise")
        return [
            one
            for events in read.values()
            for one in events
            if one.state == "raise" or self._is_over(known, profile, one.event, now_s)
        ]

    def _is_over(self, known: _Device, profile: str, event: str, now_s: float) -> bool:
        sayers = self._sayers[profile, event]
        if any(event in known.said.get(place, ()) for place in sayers):
            return False
        return sayers <= known.said.keys() or now_s - known.since_s >= WAIT_S

"""What a device has said that still stands, so that its next state says what is over.

A state names what is; a condition that is not named any more is over. After a start nothing is
known: an asset's first state ends everything that may stand from before, unless it brings a fire,
which must not wait behind such tidying; then its next state without one does.

Several sources may speak of one asset (a monitor and its probes): a condition stands while any of
them says so, and nothing is tidied before all of them were heard.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from gateway.catalogue import event_kind
from gateway.code_systems import UNKNOWN

_MOST_ASSETS: Final = 50_000


Source = tuple[int, ...]
"""Kind of state and address of whoever says it."""


class Scope(Struct, frozen=True, gc=False):
    """Whose state it is.

    Attributes:
        of: How many sources speak of the asset.
    """

    asset: str
    source: Source
    of: int = 1


class Condition(Struct, frozen=True, gc=False):
    """An event and the code under which the device says it.

    Attributes:
        key: What is raised and cleared as one: the event, or a code nobody knows by itself.
        is_urgent: Whether a life may depend on it.
    """

    event: str
    code: str
    key: str
    is_urgent: bool = False


def condition(event: str, code: str) -> Condition:
    """The condition that a device's code means."""
    key = code if event == UNKNOWN else event
    return Condition(event, code, key, event_kind(event).is_life_safety)


class Standing:
    """The conditions of one device's assets.

    Args:
        tidies: Whether the first state ends what may stand from before.
    """

    def __init__(self, *, tidies: bool = True) -> None:
        self._tidies = tidies
        self._events: dict[str, dict[Source, frozenset[str]]] = {}
        self._untidy: set[tuple[str, Source]] = set()

    def changes(
        self, scope: Scope, raised: Mapping[str, Condition], possible: Iterable[Condition]
    ) -> tuple[list[Condition], list[Condition]]:
        """What is to be raised and what to be cleared.

        A fire is raised each time that the device says it: after a reset that nobody told us of
        it is a new one.

        Args:
            scope: Whose state it is, since a state speaks for its own source only.
            raised: The conditions that stand now, by their keys.
            possible: All that such a state can say.
        """
        if scope.asset not in self._events and len(self._events) >= _MOST_ASSETS:
            self.forget()
        sources = self._events.setdefault(scope.asset, {})
        key = scope.asset, scope.source
        known = sources.get(scope.source)
        if known is None:
            known = frozenset()
            if self._tidies:
                self._untidy.add(key)
        begun = [one for name, one in raised.items() if name not in known or one.is_urgent]
        sources[scope.source] = frozenset(raised)
        over = known
        is_urgent = any(one.is_urgent for one in raised.values())
        if key in self._untidy and not is_urgent and len(sources) >= scope.of:
            self._untidy.discard(key)
            over = known.union(one.key for one in possible if _may_stand(one))
        gone = over.difference(*sources.values())
        if not gone:
            return begun, []
        return begun, list({one.key: one for one in possible if one.key in gone}.values())

    @property
    def kept(self) -> int:
        """How many assets are remembered."""
        return len(self._events)

    def forget(self) -> None:
        """Know nothing, as after a start: what was said could not be stored."""
        self._events.clear()
        self._untidy.clear()


def _may_stand(one: Condition) -> bool:
    """Whether an alarm of it may be open from before."""
    return one.event != UNKNOWN and event_kind(one.event).opens_alarm

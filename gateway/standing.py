"""Which conditions of devices stand, core: states as read become raises and clears.

A device that shows its state (a status bit of a register) is read again and again; only a change
is an event. What could not be stored has not happened: the caller says what was.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from gateway.catalogue import event_kind
from gateway.code_systems import UNKNOWN
from gateway.wire import WireEvent

Key = tuple[str, str]
"""Asset code and condition: the canonical event, or a code that nobody knows by itself."""


@dataclass(slots=True)
class Standing:
    """The conditions that stand, each with the code that raised it (None: from before a restart)."""

    _codes: dict[Key, str | None] = field(default_factory=dict)

    @classmethod
    def remembered(cls, keys: Iterable[Key]) -> "Standing":
        """What stood when the process ended."""
        return cls(dict.fromkeys(keys))

    def changes(self, read: Sequence[WireEvent]) -> list[WireEvent]:
        """The events of one look, in the order read: raises of what is new, clears of what is over.

        A condition that goes on under another code is raised again, so that its evidence is kept.
        """
        raised: dict[Key, WireEvent] = {}
        for one in read:
            if one.state == "raise":
                raised.setdefault(key_of(one), one)
        changed = []
        for key, one in {key_of(one): one for one in reversed(read)}.items():
            if key in raised:
                if self._is_news(key, raised[key]):
                    changed.append(raised[key])
            elif key in self._codes:
                changed.append(one)
            if one.event == UNKNOWN:
                changed += self._strange_over(one, raised, changed)
        return changed[::-1]

    def _strange_over(
        self, one: WireEvent, raised: Iterable[Key], told: Sequence[WireEvent]
    ) -> Iterator[WireEvent]:
        """The end of each unknown code that stands and is not shown any more.

        The platform knows each by its own code; the look that ends it shows another, or none.
        """
        begin = _strange(one.code_system, "")
        gone = {key_of(event) for event in told}.union(raised)
        for asset, condition in self._codes.keys() - gone:
            if asset == one.asset and condition.startswith(begin):
                code = condition.removeprefix(begin)
                yield replace(one, state="clear", code=code, raw="", text="")

    def store(self, event: WireEvent) -> bool:
        """Note that an event of `changes` is stored; whether the condition is new or over."""
        key = key_of(event)
        was = key in self._codes
        if event.state == "raise":
            self._codes[key] = event.code
            return not was
        self._codes.pop(key, None)
        return was

    def of(self, asset: str) -> list[str]:
        """The events that stand at an asset, in order."""
        return sorted({event.partition(":")[0] for code, event in self._codes if code == asset})

    def _is_news(self, key: Key, event: WireEvent) -> bool:
        if key not in self._codes:
            return True
        known = self._codes[key]
        if known is None:
            # Nobody knows what became of it since the restart: a fire is said once more.
            return event_kind(event.event).is_life_safety
        return known != event.code


def key_of(event: WireEvent) -> Key:
    """The condition that an event is about."""
    if event.event == UNKNOWN:
        return event.asset, _strange(event.code_system, event.code)
    return event.asset, event.event


def _strange(system: str, code: str) -> str:
    return f"{UNKNOWN}:{system}:{code}"

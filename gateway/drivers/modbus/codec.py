"""What the registers of a device say, core: values and conditions by its map.

What was not answered is absent, never the last value; and a condition is not said to be over while
one of the bits or codes that raise it was not answered.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from gateway.code_systems import ALL_CLEAR, UNKNOWN
from gateway.drivers.modbus.frame import Block
from gateway.drivers.modbus.register_map import CodePlace, FlagPlace, MetricPlace, RegisterMap
from gateway.drivers.modbus.value import Registers, number
from gateway.sample import Sample
from gateway.wire import WireEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at a device.

    Attributes:
        conditions: How each condition stands that was answered for.
        problems: Registers that hold no number, a sentence each.
        unread: Status bits and codes that were not answered for.
    """

    sample: Sample | None
    conditions: tuple[WireEvent, ...]
    problems: tuple[str, ...]
    unread: tuple[str, ...] = ()


def registers(block: Block, values: tuple[int, ...]) -> Registers:
    """An answer's values at their addresses."""
    return {(block.function, block.address + i): value for i, value in enumerate(values)}


def look(layout: RegisterMap, asset: str, found: Registers, at_ms: int, *, shift: int = 0) -> Look:
    """What the answered registers say.

    Args:
        found: What was answered; registers that are not in it were not.
        shift: Added to every address of the map, for devices of several channels.
    """
    problems: list[str] = []
    values = {
        name: _value(name, place, found, shift, problems) for name, place in layout.metrics.items()
    }
    read = _Read(layout, asset, found, at_ms, shift)
    unread = read.unread()
    conditions = [
        one
        for one in (*read.flags(), *read.codes())
        if one.state == "raise" or one.event not in unread
    ]
    return Look(
        sample=Sample(asset=asset, at_ms=at_ms, values=values) if values else None,
        conditions=tuple(conditions),
        problems=tuple(problems),
        unread=read.unread_places(),
    )


def unread(asset: str, at_ms: int, places: tuple[str, ...]) -> WireEvent:
    """The condition that a device answers, and not for what would be its alarms; no places: it is over."""
    return WireEvent(
        asset=asset,
        at=at_ms,
        event=UNKNOWN,
        state="raise" if places else "clear",
        code_system="edge",
        code="unread",
        text=f"设备应答, 但读不到报警状态寄存器: {', '.join(places)}"[:500] if places else "",
    )


def _value(
    name: str, place: MetricPlace, found: Registers, shift: int, problems: list[str]
) -> float | None:
    at = place.address + shift
    words = [found.get((place.function, at + i)) for i in range(place.words)]
    there = [word for word in words if word is not None]
    if len(there) < place.words:
        return None
    count = number(there, place.type, place.order)
    if count is None:
        shown = " ".join(f"{word:04x}" for word in there)
        problems.append(f"{name}: {place.function.name.lower()} {at} = {shown} is no {place.type}")
        return None
    if count in place.absent:
        return None
    return (count + place.offset) * place.scale


@dataclass(frozen=True, slots=True)
class _Read:
    layout: RegisterMap
    asset: str
    found: Registers
    at_ms: int
    shift: int

    def unread(self) -> frozenset[str]:
        """The events that may stand at a place that was not answered."""
        flags = (flag.event for flag in self.layout.flags if self._word(flag) is None)
        codes = (one for one in self.layout.codes if self._word(one) is None)
        return frozenset(flags).union(*((*one.codes.events.values(), UNKNOWN) for one in codes))

    def unread_places(self) -> tuple[str, ...]:
        """The status bits and codes that were not answered for."""
        flags = [flag.code for flag in self.layout.flags if self._word(flag) is None]
        codes = [one for one in self.layout.codes if self._word(one) is None]
        return (*flags, *(f"{one.function.name.lower()}:{one.address}" for one in codes))

    def flags(self) -> Iterator[WireEvent]:
        for flag in self.layout.flags:
            word = self._word(flag)
            if word is None:
                continue
            value = word if flag.bit is None else word >> flag.bit & 1
            state: Literal["raise", "clear"] = "raise" if value == flag.raised_at else "clear"
            yield self._event(flag.event, state, self.layout.code_system, flag.code, flag.text)

    def codes(self) -> Iterator[WireEvent]:
        for place in self.layout.codes:
            word = self._word(place)
            if word is not None:
                yield from self._code(place, word)

    def _code(self, place: CodePlace, word: int) -> Iterator[WireEvent]:
        codes = place.codes
        code = next((one for one in (str(word), f"{word:02d}") if one in codes.events), str(word))
        now = codes.event(code)
        if now == UNKNOWN and not place.raised_when_unknown:
            now = ALL_CLEAR
        if now != ALL_CLEAR:
            raw = f"{word:04x}" if now == UNKNOWN else ""
            yield self._event(now, "raise", place.system, code, "", raw)
        for event in sorted({*codes.events.values(), UNKNOWN} - {ALL_CLEAR, now}):
            yield self._event(event, "clear", place.system, code)

    def _word(self, place: FlagPlace | CodePlace) -> int | None:
        return self.found.get((place.function, place.address + self.shift))

    def _event(  # noqa: PLR0913, PLR0917 - one row of a look
        self,
        event: str,
        state: Literal["raise", "clear"],
        system: str,
        code: str,
        text: str = "",
        raw: str = "",
    ) -> WireEvent:
        return WireEvent(
            asset=self.asset,
            at=self.at_ms,
            event=event,
            state=state,
            code_system=system,
            code=code,
            text=text,
            raw=raw,
        )

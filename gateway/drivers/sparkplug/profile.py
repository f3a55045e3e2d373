"""What the metrics of a class of devices mean, core: names as data, values as samples and conditions.

A value that is null, or of bad quality, is an absent sensor; as a flag it ends no alarm.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Self

import msgspec
from pydantic import Field, model_validator

from gateway.catalogue import EVENT_KINDS
from gateway.code_systems import ALL_CLEAR, UNKNOWN, CodeSystem, load_code_system
from gateway.drivers.options import Options, require_metrics
from gateway.drivers.sparkplug.host import Tag
from gateway.drivers.sparkplug.payload import Value
from gateway.errors import BadSettings
from gateway.sample import Sample
from gateway.wire import WireEvent

_FALSE = ("", "0", "false", "off", "no")
_EVENTS = frozenset(kind.name for kind in EVENT_KINDS)


class TagMetric(Options):
    """A metric of the catalogue and the Sparkplug metric it is read from."""

    tag: str = Field(min_length=1, description="the metric's name in the birth")
    scale: float = 1.0
    unit: str = Field(description="must be the unit of the catalogue")
    words: dict[str, float] = Field(default={}, description="texts of the device as numbers")


class TagFlag(Options):
    """A Sparkplug metric that is true, or not 0, while a condition stands."""

    tag: str = Field(min_length=1)
    event: str
    raised_at: bool = True


class TagCode(Options):
    """A Sparkplug metric that holds one code of a code system."""

    tag: str = Field(min_length=1)
    system: str


class Profile(Options):
    """How the devices of a class are read."""

    metrics: dict[str, TagMetric] = Field(default={})
    flags: tuple[TagFlag, ...] = ()
    codes: tuple[TagCode, ...] = ()

    @model_validator(mode="after")
    def _is_known(self) -> Self:
        if not (self.metrics or self.flags or self.codes):
            raise ValueError("the profile reads nothing")
        for flag in self.flags:
            if flag.event not in _EVENTS:
                raise ValueError(f"the catalogue has no event {flag.event!r}")
        for code in self.codes:
            try:
                load_code_system(code.system)
            except BadSettings as error:
                raise ValueError(str(error)) from error
        return self

    def check(self, class_name: str) -> None:
        """Raise BadSettings where the profile does not fit the class."""
        try:
            require_metrics(class_name, {name: one.unit for name, one in self.metrics.items()})
        except ValueError as error:
            raise BadSettings(str(error)) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the values of a device say of an asset.

    Attributes:
        samples: By their own times, oldest first.
        conditions: How the conditions stand that live values speak of.
        passed: Raises of past values, each with its end: they were, and are over.
        raised: What each live value that speaks of conditions raises, by its name; maybe nothing.
    """

    samples: tuple[Sample, ...]
    conditions: tuple[WireEvent, ...]
    passed: tuple[WireEvent, ...]
    raised: dict[str, frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """Reads the values of one asset.

    Attributes:
        prefix: What stands before the names of its metrics, where a device holds several assets.
    """

    asset: str
    profile: Profile
    prefix: str
    systems: dict[str, CodeSystem]

    def read(self, tags: tuple[Tag, ...]) -> Reading:
        """What the values say."""
        mine = [
            (one.name.removeprefix(self.prefix), one)
            for one in tags
            if one.name.startswith(self.prefix)
        ]
        live, passed = list[WireEvent](), list[WireEvent]()
        raised: dict[str, frozenset[str]] = {}
        for name, tag in mine:
            found = [*self._flags(name, tag), *self._codes(name, tag)]
            if tag.is_doubtful:
                # It may be of now: what it raises stands until the node says everything anew.
                found = [one for one in found if one.state == "raise"]
            is_now = tag.is_live or tag.is_doubtful
            (live if is_now else passed).extend(found)
            if found and is_now:
                raised[name] = frozenset(one.event for one in found if one.state == "raise")
        return Reading(
            samples=tuple(self._samples(mine)),
            conditions=tuple(live),
            passed=tuple(
                event
                for one in passed
                if one.state == "raise"
                for event in (one, msgspec.structs.replace(one, state="clear", raw=""))
            ),
            raised=raised,
        )

    def _samples(self, mine: list[tuple[str, Tag]]) -> Iterator[Sample]:
        at: defaultdict[int, dict[str, float | None]] = defaultdict(dict)
        for name, tag in mine:
            for metric, place in self.profile.metrics.items():
                if place.tag == name:
                    at[tag.at_ms][metric] = _number(tag.value, place)
        for at_ms in sorted(at):
            yield Sample(asset=self.asset, at_ms=at_ms, values=at[at_ms])

    def _flags(self, name: str, tag: Tag) -> Iterator[WireEvent]:
        for flag in self.profile.flags:
            if flag.tag == name and tag.value is not None:
                is_raised = _is_true(tag.value) == flag.raised_at
                yield self._event(flag.event, tag, "raise" if is_raised else "clear", name[:80])

    def _codes(self, name: str, tag: Tag) -> Iterator[WireEvent]:
        for place in self.profile.codes:
            if place.tag != name or tag.value is None:
                continue
            code = _word(tag.value)[:80]
            system = self.systems[place.system]
            event = system.event(code)
            if event != ALL_CLEAR:
                yield self._event(event, tag, "raise", code, system.name)
            for other in sorted({*system.events.values(), UNKNOWN} - {ALL_CLEAR, event}):
                yield self._event(other, tag, "clear", code, system.name)

    def _event(
        self,
        event: str,
        tag: Tag,
        state: Literal["raise", "clear"],
        code: str,
        system: str = "sparkplug",
    ) -> WireEvent:
        is_evidence = event == UNKNOWN and state == "raise"
        return WireEvent(
            asset=self.asset,
            at=tag.at_ms,
            event=event,
            state=state,
            code_system=system,
            code=code,
            raw=f"{tag.name}={tag.value}".encode().hex()[:4000] if is_evidence else "",
        )


def _number(value: Value, place: TagMetric) -> float | None:
    if value is None:
        return None
    word = _word(value)
    if word in place.words:
        return place.words[word]
    return None if isinstance(value, str) else float(value) * place.scale


def _is_true(value: str | float) -> bool:
    """Whether a flag is set; a text is, unless it says that it is not."""
    return value.strip().lower() not in _FALSE if isinstance(value, str) else bool(value)


def _word(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()

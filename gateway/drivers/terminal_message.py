"""What a JSON terminal says, core: topic patterns and paths turn a message into readings.

Bad input is a value: a sample that cannot be read is a problem with a reason, an event that
cannot be read is still an event (`unknown_event` with the bytes as evidence).
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from pydantic import AfterValidator, Field, model_validator

from gateway.code_systems import ALL_CLEAR, UNKNOWN, CodeSystem, load_code_system
from gateway.drivers.asset_option import AssetAddress
from gateway.drivers.options import Options, require_metrics
from gateway.sample import Sample
from gateway.wire import MAX_MS, WireEvent

Json = dict[str, "Json"] | list["Json"] | str | float | int | bool | None
_ASSET = "{asset}"
_MOST_RAW = 2000
_MOST_CODE = 80


def _checked_pattern(pattern: str) -> str:
    levels = pattern.split("/")
    if any(_ASSET in level and level != _ASSET for level in levels) or "#" in pattern:
        raise ValueError(f"{pattern!r}: {_ASSET} and + stand for whole levels, # is not allowed")
    return pattern


def _checked_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is no time zone") from error
    return name


class TimeField(Options):
    """Where a message's time stands; messages without one get the time of arrival."""

    path: str
    format: str = Field(
        default="epoch_ms", description="epoch_ms, epoch_s, rfc3339, or as strptime reads"
    )
    zone: Annotated[str, AfterValidator(_checked_zone)] = "UTC"


class MetricField(Options):
    """Where a metric stands; words of the device may be mapped to numbers."""

    path: str
    scale: float = 1.0
    words: dict[str, float] = Field(default={}, description='such as {"closed": 1, "open": 0}')


class Kinds(Options):
    """Which messages of several kinds a rule is for."""

    path: str
    words: tuple[str, ...] = Field(min_length=1)


class EventFields(Options):
    """Where a code stands, in which system it is, and whether the message raises or clears."""

    system: str = Field(description="a ready code system, or the path of a CSV file")
    code_path: str = Field(description="one code, or a list of codes")
    lists_all: bool = Field(
        default=False, description="the codes are all that stands: what is missing is over"
    )
    state: Literal["raise", "clear"] | None = None
    state_path: str | None = None
    raise_words: tuple[str, ...] = ("1", "true", "raise")
    clear_words: tuple[str, ...] = ("0", "false", "clear")
    text_path: str | None = None

    @model_validator(mode="after")
    def _state_is_known(self) -> "EventFields":
        if self.lists_all:
            if self.state is not None or self.state_path is not None:
                raise ValueError("lists_all says itself what is raised: no state, no state_path")
        elif (self.state is None) == (self.state_path is None):
            raise ValueError("say either state or state_path")
        return self


class Rule(Options):
    """How the messages of one topic pattern are read."""

    topic: Annotated[str, AfterValidator(_checked_pattern)]
    asset_class: str = Field(alias="class")
    asset_path: str | None = None
    when: Kinds | None = None
    time: TimeField | None = None
    metrics: dict[str, MetricField] = Field(default={})
    events: EventFields | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> "Rule":
        require_metrics(self.asset_class, dict.fromkeys(self.metrics))
        if not self.metrics and self.events is None:
            raise ValueError("the rule reads neither metrics nor events")
        if (_ASSET in self.topic.split("/")) == (self.asset_path is not None):
            raise ValueError(f"the asset stands either in the topic ({_ASSET}) or at asset_path")
        return self

    @property
    def subscription(self) -> str:
        """The rule's topic as the broker takes it."""
        return self.topic.replace(_ASSET, "+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one message said.

    Attributes:
        conditions: How every condition of a code system stands, where a message lists them all.
        clears_all: Assets of which the device says that nothing is wrong any more.
        problems: What could not be read, a sentence each.
    """

    samples: list[Sample] = field(default_factory=list)
    events: list[WireEvent] = field(default_factory=list)
    conditions: list[WireEvent] = field(default_factory=list)
    clears_all: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads messages by one rule.

    Attributes:
        codes: The rule's code system; None when it reads no events.
        assets: Device's address to asset code; an address that is not there is its own code.
        fallback: Asset code of messages that do not say from whom they are.
    """

    rule: Rule
    codes: CodeSystem | None
    assets: Mapping[str, str]
    fallback: str

    def matches(self, topic: str) -> bool:
        """Whether the rule is for this topic."""
        return self._match(topic) is not None

    def read(self, topic: str, payload: bytes, now_ms: int) -> Reading:
        """What the message says; never raises for what a device sent."""
        try:
            content: Json = json.loads(payload)
        except (ValueError, RecursionError) as error:
            return self.unreadable(self._asset(topic, None), payload, now_ms, f"not JSON: {error}")
        if not self.is_for(content):
            return Reading()
        asset = self._asset(topic, content)
        reading = Reading()
        at_ms = self._time_ms(content, now_ms, reading.problems)
        if self.rule.metrics:
            self._read_sample(asset, at_ms, content, reading)
        if self.rule.events is not None and self.codes is not None:
            self._read_event(asset, at_ms, content, payload, reading)
        return reading

    def is_for(self, content: Json) -> bool:
        """Whether the rule is for messages of this kind."""
        when = self.rule.when
        return when is None or text(at_path(content, when.path)) in when.words

    def unreadable(self, asset: str, payload: bytes, now_ms: int, reason: str) -> Reading:
        """What is said of a message that cannot be read: an event of its own, with evidence."""
        reading = Reading(problems=[reason])
        if self.rule.events is not None:
            reading.events.append(
                WireEvent(
                    asset=asset,
                    at=now_ms,
                    event=UNKNOWN,
                    state="raise",
                    code_system=self.system,
                    text=f"设备报文无法解析: {reason}"[:1000],
                    raw=payload[:_MOST_RAW].hex(),
                )
            )
        return reading

    def _match(self, topic: str) -> re.Match[str] | None:
        levels = [
            "(?P<asset>[^/]+)" if level == _ASSET else "[^/]+" if level == "+" else re.escape(level)
            for level in self.rule.topic.split("/")
        ]
        return re.fullmatch("/".join(levels), topic)

    def _asset(self, topic: str, content: Json) -> str:
        found: Json = None
        if self.rule.asset_path is not None:
            found = at_path(content, self.rule.asset_path)
        elif match := self._match(topic):
            found = match["asset"]
        address = text(found)[:64]
        return self.assets.get(address, address) or self.fallback

    def asset_of(self, content: Json) -> str:
        """The asset that a message without a topic is about."""
        return self._asset("", content)

    def _time_ms(self, content: Json, now_ms: int, problems: list[str]) -> int:
        time = self.rule.time
        if time is None:
            return now_ms
        found = at_path(content, time.path)
        at_ms = _read_time(found, time)
        if at_ms is None:
            problems.append(f"{time.path} = {found!r} is no time like {time.format}")
            return now_ms
        return at_ms

    def _read_sample(self, asset: str, at_ms: int, content: Json, reading: Reading) -> None:
        values: dict[str, float | None] = {}
        for name, metric in self.rule.metrics.items():
            is_there, found = _find(content, metric.path)
            if not is_there:
                continue
            values[name] = _number(found, metric)
            if values[name] is None and found is not None:
                reading.problems.append(f"{metric.path} = {found!r} is no number")
        if values:
            reading.samples.append(Sample(asset=asset, at_ms=at_ms, values=values))

    def _read_event(
        self, asset: str, at_ms: int, content: Json, payload: bytes, reading: Reading
    ) -> None:
        fields, codes = self.rule.events, self.codes
        if fields is None or codes is None:
            return
        is_there, found = _find(content, fields.code_path)
        if not is_there and self.rule.metrics:
            return  # A message of samples that may also carry a code, and does not now.
        listed = found if isinstance(found, list) else [found]
        if fields.lists_all and found is None:
            return  # Nothing was listed, so nothing is known to be over.
        heard = _Heard(asset, at_ms, content, payload[:_MOST_RAW])
        said = {code: codes.event(code) for code in (text(one)[:_MOST_CODE] for one in listed)}
        raised = [
            self._event(heard, fields, event, code)
            for code, event in said.items()
            if event != ALL_CLEAR
        ]
        # Beside a fault, "nothing is wrong" only fills the places of a list.
        if said and not raised and not fields.lists_all:
            reading.clears_all.append(asset)
        if fields.lists_all:
            reading.conditions.extend([*raised, *self._over(heard, fields, codes, raised)])
        elif raised:
            state = self._state(fields, content, reading.problems)
            reading.events.extend(msgspec.structs.replace(one, state=state) for one in raised)

    def _event(self, heard: "_Heard", fields: EventFields, event: str, code: str) -> WireEvent:
        said = text(at_path(heard.content, fields.text_path)) if fields.text_path else ""
        return WireEvent(
            asset=heard.asset,
            at=heard.at_ms,
            event=event,
            state="raise",
            code_system=self.system,
            code=code,
            text=said[:1000],
            raw=heard.payload.hex() if event == UNKNOWN else "",
        )

    def _over(
        self, heard: "_Heard", fields: EventFields, codes: CodeSystem, raised: list[WireEvent]
    ) -> list[WireEvent]:
        events = {*codes.events.values(), UNKNOWN} - {ALL_CLEAR, *(one.event for one in raised)}
        return [
            msgspec.structs.replace(self._event(heard, fields, event, ""), state="clear", raw="")
            for event in sorted(events)
        ]

    @property
    def system(self) -> str:
        """The name of the rule's code system; empty when it reads no events."""
        return self.codes.name if self.codes else ""

    @staticmethod
    def _state(
        fields: EventFields, content: Json, problems: list[str]
    ) -> Literal["raise", "clear"]:
        if fields.state is not None:
            return fields.state
        word = text(at_path(content, fields.state_path or "")).lower()
        if word in fields.clear_words:
            return "clear"
        if word not in fields.raise_words:
            # What cannot be understood is taken for the worse.
            problems.append(f"{fields.state_path} = {word!r} neither raises nor clears")
        return "raise"


@dataclass(frozen=True, slots=True)
class _Heard:
    asset: str
    at_ms: int
    content: Json
    payload: bytes


def at_path(content: Json, path: str) -> Json:
    """The value at a dotted path (`data.0.speed`), None when it is not there."""
    return _find(content, path)[1]


def _find(content: Json, path: str) -> tuple[bool, Json]:
    found = content
    for part in path.split("."):
        if isinstance(found, dict) and part in found:
            found = found[part]
        elif isinstance(found, list) and part.isdigit() and int(part) < len(found):
            found = found[int(part)]
        else:
            return False, None
    return True, found


def text(value: Json) -> str:
    """A value as the word it stands for; empty when there is none."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case str() | int() | float():
            return str(value).strip()
        case _:
            return json.dumps(value, ensure_ascii=False)


def _number(value: Json, metric: MetricField) -> float | None:
    word = text(value)
    if word in metric.words:
        return metric.words[word]
    match value:
        case bool() | int() | float():
            number = _float(value)
        case str():
            number = _float(word)
        case _:
            return None
    return number * metric.scale if number is not None and math.isfinite(number) else None


def _float(value: str | float) -> float | None:
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def _read_time(value: Json, time: TimeField) -> int | None:
    word = text(value)
    try:
        if time.format in ("epoch_ms", "epoch_s"):
            at_ms = round(float(word) * (1000 if time.format == "epoch_s" else 1))
        elif time.format == "rfc3339":
            at_ms = round(datetime.fromisoformat(word).astimezone(UTC).timestamp() * 1000)
        else:
            read = datetime.strptime(word, time.format)  # noqa: DTZ007 - zone comes next
            aware = read if read.tzinfo else read.replace(tzinfo=ZoneInfo(time.zone))
            at_ms = round(aware.timestamp() * 1000)
    except (ValueError, OverflowError):
        return None
    return at_ms if abs(at_ms) <= MAX_MS else None


def readers_of(name: str, rules: Sequence[Rule], assets: Sequence[AssetAddress]) -> list[Reader]:
    """A reader for each rule; what does not say from whom it is, is of the driver itself.

    Raises:
        BadSettings: A rule names a code system that is not there.
    """
    codes = {asset.address or asset.code: asset.code for asset in assets}
    return [
        Reader(
            rule=rule,
            codes=load_code_system(rule.events.system) if rule.events else None,
            assets=codes,
            fallback=name,
        )
        for rule in rules
    ]

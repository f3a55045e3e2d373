"""The form of a matrix file: what may stand in it, as the JSON schema in docs says too."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from analytics.duties.calendar import ALWAYS_NAME, DayKind
from analytics.duties.matrix import EVERYTHING, Limit, Party

Sentence = Annotated[str, Field(min_length=1, max_length=500)]
Seconds = Annotated[int, Field(gt=0, le=31_536_000, description="seconds")]
Key = Annotated[str, Field(pattern=r"^[a-z0-9_]{2,60}$")]
PlacePath = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9_]{1,60}(\.[A-Za-z0-9_]{1,60})*$",
        description="path of a place from the city down, with dots",
    ),
]
HoursText = Annotated[
    str,
    Field(
        pattern=r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$",
        description='a part of the day by the clock on the wall, such as "22:00-06:00"',
    ),
]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NoteSection(_Section):
    """What the one who answers should do, in two languages."""

    zh: Sentence
    en: Sentence


class CalendarSection(_Section):
    """A named set of moments; a part that is left away does not restrict it."""

    days: tuple[DayKind, ...] = ()
    dates: tuple[date, ...] = Field(default=(), description="days beside those kinds of days")
    hours: tuple[HoursText, ...] = ()


class ZoneSection(_Section):
    """The time zone of a place and all below it; without any, Asia/Shanghai."""

    place: PlacePath
    zone: Sentence


class HolidaySpan(_Section):
    """One public holiday, first and last day included."""

    name: Sentence
    first: date
    last: date


class HolidaySection(_Section):
    """The public holidays of a year and the weekend days that make up for them (调休)."""

    published: bool
    basis: Sentence
    holidays: tuple[HolidaySpan, ...] = ()
    workdays: tuple[date, ...] = ()


class LineSection(_Section):
    """One line: an event, where and when it is meant, who answers, and by when."""

    key: Key
    event: Annotated[str, Field(description="a wire name, @group, or *")]
    asset_class: Annotated[str, Field(alias="class", description="an asset class or *")] = (
        EVERYTHING
    )
    place: PlacePath | None = None
    calendar: Annotated[str, Field(description="a calendar of this file, or always")] = ALWAYS_NAME
    responsible: Party
    order_to: Party | None = None
    joint: tuple[Party, ...] = ()
    chain: Annotated[tuple[Party, ...], Field(min_length=1)]
    limits_s: dict[Limit, Seconds]
    opens_order: bool
    tells_bureau: bool
    note: NoteSection
    basis: Sentence


class MatrixFile(_Section):
    """A responsibility matrix 权责清单."""

    name: Annotated[Sentence, Field(max_length=60)]
    valid_from: Annotated[datetime, Field(description="without a zone: time in China")]
    calendars: dict[Key, CalendarSection] = Field(default_factory=dict)
    zones: tuple[ZoneSection, ...] = ()
    holidays: dict[int, HolidaySection] = Field(default_factory=dict)
    lines: Annotated[tuple[LineSection, ...], Field(min_length=1)]


_ADDRESS: Final = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> str:
    """The form of a matrix file as JSON Schema (draft 2020-12), for editors and other programs."""
    schema: Mapping[str, object] = MatrixFile.model_json_schema(by_alias=True)
    return json.dumps({"$schema": _ADDRESS, **schema}, ensure_ascii=False, indent=2) + "\n"

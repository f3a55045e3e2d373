"""From rows of text to the words of the registry; each cell is judged by itself."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from gateway.catalogue import ASSET_CLASSES
from gateway.catalogue.platform import UNKNOWN
from gateway.topic import gateway_id
from ingest.registry.chinese import CLASS_OF, LEVEL_OF, MANAGEMENT_OF, ORGANISATION_OF
from ingest.registry.model import (
    Asset,
    Gateway,
    Level,
    Management,
    ManagementKind,
    Organisation,
    OrganisationKind,
    Place,
    ResponsiblePerson,
    Span,
)
from ingest.registry.problem import Problem, Rule, problem
from ingest.registry.table import Row

LOCAL_ZONE: Final = ZoneInfo("Asia/Shanghai")
"""Days in the files are days in China."""
MAX_TEXT: Final = 200
"""Longest name, phone or role [characters]."""
MAX_NOTE: Final = 2000
"""Longest note or address [characters]."""
MAX_ASSET_CODE: Final = 64
"""As long as a code on the wire may be [characters]."""

RESERVED_MARK: Final = "@"
"""Assets that ingest makes itself, for gateways and for what nobody registered, begin so."""
_RESERVED: Final = {"gateway": ("platform",), "code": ("unregistered",)}

_LABEL: Final = re.compile(r"[A-Za-z0-9_]{1,60}")
_VISIBLE: Final = re.compile(r"[^\s\x00-\x1f\x7f](?:[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?")
_DAY: Final = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{4}/\d{1,2}/\d{1,2}")

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")


class _Cells:
    """The cells of one row, read one by one; what is wrong with them is collected."""

    def __init__(self, row: Row) -> None:
        self._row = row
        self.problems: list[Problem] = []

    def complain(
        self, rule: Rule, column: str = "", value: object = "", allowed: object = ""
    ) -> None:
        self.problems.append(
            problem(
                self._row.file, self._row.line, rule, column=column, value=value, allowed=allowed
            )
        )

    def text(self, column: str, longest: int = MAX_TEXT) -> str:
        found = self._row.cells.get(column, "")
        if len(found) > longest:
            self.complain(Rule.TOO_LONG, column, allowed=longest)
        return found

    def needed(self, column: str, longest: int = MAX_TEXT) -> str:
        found = self.text(column, longest)
        if not found:
            self.complain(Rule.EMPTY, column)
        return found

    def label(self, column: str) -> str:
        """A code that can stand in a path of the tree."""
        found = self.needed(column)
        if found and not _LABEL.fullmatch(found):
            self.complain(Rule.CODE, column, found, "A-Z a-z 0-9 _ (1-60)")
        return self._own(column, found)

    def code(self, column: str, *, is_needed: bool) -> str | None:
        """A device's code: what the wire accepts, without control characters."""
        found = self.needed(column) if is_needed else self.text(column)
        if found and (len(found) > MAX_ASSET_CODE or not _VISIBLE.fullmatch(found)):
            self.complain(Rule.CODE, column, found, f"1-{MAX_ASSET_CODE} visible characters")
        return self._own(column, found) or None

    def gateway(self, column: str, *, is_needed: bool) -> str | None:
        found = self.needed(column) if is_needed else self.text(column)
        if not found:
            return None
        try:
            return self._own(column, gateway_id(found))
        except ValueError:
            self.complain(Rule.GATEWAY_ID, column, found)
            return found

    def _own(self, column: str, found: str) -> str:
        """What the platform names itself: its gateway, its holding place, its `@` assets."""
        is_mark = found.startswith(RESERVED_MARK) and column == "code"
        if is_mark or found in _RESERVED.get(column, ()):
            self.complain(Rule.RESERVED, column, found)
        return found

    def choice(self, column: str, kinds: type[E], words: Mapping[str, str]) -> E | None:
        """One of a closed set, by its own name or its Chinese word."""
        found = self.needed(column)
        try:
            return kinds(words.get(found, found)) if found else None
        except ValueError:
            allowed = ", ".join(f"{value} {word}" for word, value in words.items())
            self.complain(Rule.CHOICE, column, found, allowed)
            return None

    def number(self, column: str, low: float, high: float) -> float | None:
        found = self.text(column)
        if not found:
            return None
        try:
            value = float(found)
        except ValueError:
            self.complain(Rule.NUMBER, column, found)
            return None
        if not low <= value <= high:
            self.complain(Rule.RANGE, column, found, f"{low:g} - {high:g}")
        return value

    def day(self, column: str) -> date | None:
        found = self.text(column)
        return self._read(column, found, parse_day) if found else None

    def begin(self, column: str) -> datetime | None:
        """A day's first moment, or a time with its zone."""
        found = self.text(column)
        return self._read(column, found, parse_begin) if found else None

    def end(self, column: str) -> datetime | None:
        """The first moment after a day, which still counts; or a time with its zone."""
        found = self.text(column)
        return self._read(column, found, parse_end) if found else None

    def span(self) -> Span:
        begin, end = self.begin("from"), self.end("until")
        if begin is not None and end is not None and not begin < end:
            self.complain(Rule.SPAN, value=f"{self.text('from')} - {self.text('until')}")
            return Span()
        return Span(begin=begin, end=end)

    def attributes(self, column: str) -> dict[str, object]:
        found = self.text(column, 100 * MAX_TEXT)
        try:
            value = json.loads(found) if found else {}
        except ValueError as error:
            self.complain(Rule.ATTRIBUTES, column, error)
            return {}
        if not isinstance(value, dict):
            self.complain(Rule.ATTRIBUTES, column, found[:MAX_TEXT])
            return {}
        return value

    def _read(self, column: str, found: str, read: Callable[[str], T]) -> T | None:
        try:
            return read(found)
        except (ValueError, OverflowError):
            self.complain(Rule.DATE, column, found)
            return None


def parse_day(text: str) -> date:
    """A day written 2026-03-01 or, as spreadsheets like it, 2026/3/1.

    Raises:
        ValueError: It is no day.
    """
    if not _DAY.fullmatch(text):
        raise ValueError(f"{text!r} is not a day")
    year, month, day = (int(part) for part in text.replace("/", "-").split("-"))
    return date(year, month, day)


def parse_begin(text: str) -> datetime:
    """When a day begins in China [UTC]; a time with its zone stands for itself.

    Raises:
        ValueError: It is neither a day nor a time with a zone.
    """
    if _DAY.fullmatch(text):
        day = parse_day(text)
        return datetime(day.year, day.month, day.day, tzinfo=LOCAL_ZONE).astimezone(UTC)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return moment.astimezone(UTC)


def parse_end(text: str) -> datetime:
    """When a day that still counts is over in China [UTC]; a time stands for itself.

    Raises:
        ValueError: It is neither a day nor a time with a zone.
    """
    is_day = _DAY.fullmatch(text) is not None
    return parse_begin(text) + timedelta(days=1) if is_day else parse_begin(text)


def _place(cells: _Cells, line: int) -> Place | None:
    code, level = cells.label("code"), cells.choice("level", Level, LEVEL_OF)
    latitude = cells.number("latitude", -90, 90)
    longitude = cells.number("longitude", -180, 180)
    if (latitude is None) != (longitude is None):
        cells.complain(Rule.HALF_POSITION)
    name_zh, parent = cells.needed("name_zh"), cells.text("parent") or None
    place = Place(
        code=code,
        level=level or Level.CITY,
        parent=parent,
        name_zh=name_zh,
        name_en=cells.text("name_en"),
        address=cells.text("address", MAX_NOTE),
        latitude=latitude,
        longitude=longitude,
        access_note=cells.text("access_note", MAX_NOTE),
        line=line,
    )
    return None if cells.problems else place


def _organisation(cells: _Cells, line: int) -> Organisation | None:
    code, kind = cells.label("code"), cells.choice("kind", OrganisationKind, ORGANISATION_OF)
    organisation = Organisation(
        code=code,
        kind=kind or OrganisationKind.BUREAU,
        name_zh=cells.needed("name_zh"),
        name_en=cells.text("name_en"),
        phone=cells.text("phone"),
        place=cells.text("place") or None,
        line=line,
    )
    return None if cells.problems else organisation


def _management(cells: _Cells, line: int) -> Management | None:
    compound, kind = cells.needed("compound"), cells.choice("kind", ManagementKind, MANAGEMENT_OF)
    organisation = cells.text("organisation") or None
    if kind is not None and kind.needs_organisation and organisation is None:
        cells.complain(Rule.ORGANISATION_NEEDED, value=kind)
    if kind is ManagementKind.NOBODY and organisation is not None:
        cells.complain(Rule.ORGANISATION_REFUSED, value=kind)
    management = Management(
        compound=compound,
        kind=kind or ManagementKind.NOBODY,
        organisation=organisation,
        during=cells.span(),
        line=line,
    )
    return None if cells.problems else management


def _person(cells: _Cells, line: int) -> ResponsiblePerson | None:
    person = ResponsiblePerson(
        place=cells.needed("place"),
        role=cells.needed("role"),
        name=cells.needed("name"),
        phone=cells.needed("phone"),
        during=cells.span(),
        line=line,
    )
    return None if cells.problems else person


def _gateway(cells: _Cells, line: int) -> Gateway | None:
    gateway = Gateway(
        gateway=cells.gateway("gateway", is_needed=True) or "",
        place=cells.needed("place"),
        note=cells.text("note", MAX_NOTE),
        operator=cells.text("operator") or None,
        line=line,
    )
    return None if cells.problems else gateway


def _asset(cells: _Cells, line: int) -> Asset | None:
    said = cells.needed("class")
    class_name = CLASS_OF.get(said, said)
    if said and class_name not in _CLASSES:
        cells.complain(Rule.UNKNOWN_CLASS, "class", said, _CLASS_WORDS)
    code, gateway = cells.code("code", is_needed=True), cells.gateway("gateway", is_needed=False)
    gateway_code = cells.code("gateway_code", is_needed=False)
    if gateway_code is not None and gateway is None:
        cells.complain(Rule.CODE_WITHOUT_GATEWAY, value=gateway_code)
    asset = Asset(
        code=code or "",
        class_name=class_name,
        place=cells.needed("place"),
        name_zh=cells.needed("name_zh"),
        name_en=cells.text("name_en"),
        gateway=gateway,
        gateway_code=(gateway_code or code) if gateway else None,
        maintainer=cells.text("maintainer") or None,
        contract_until=cells.day("contract_until"),
        zone=cells.text("zone"),
        attributes=cells.attributes("attributes"),
        commissioned_at=cells.begin("commissioned_at"),
        line=line,
    )
    return None if cells.problems else asset


_CLASSES: Final = tuple(kind.name for kind in ASSET_CLASSES if kind.name != UNKNOWN.name)
_CLASS_WORDS: Final = ", ".join(
    f"{name} {word}" for word, name in CLASS_OF.items() if name in _CLASSES
)


def _parse(
    rows: Iterable[Row], read: Callable[[_Cells, int], T | None]
) -> tuple[tuple[T, ...], list[Problem]]:
    values: list[T] = []
    problems: list[Problem] = []
    for row in rows:
        cells = _Cells(row)
        value = read(cells, row.line)
        problems += cells.problems
        if value is not None:
            values.append(value)
    return tuple(values), problems


def parse_places(rows: Iterable[Row]) -> tuple[tuple[Place, ...], list[Problem]]:
    """The places that can be read, and what is wrong with the others."""
    return _parse(rows, _place)


def parse_organisations(rows: Iterable[Row]) -> tuple[tuple[Organisation, ...], list[Problem]]:
    """The organisations that can be read, and what is wrong with the others."""
    return _parse(rows, _organisation)


def parse_managements(rows: Iterable[Row]) -> tuple[tuple[Management, ...], list[Problem]]:
    """The managements that can be read, and what is wrong with the others."""
    return _parse(rows, _management)


def parse_persons(rows: Iterable[Row]) -> tuple[tuple[ResponsiblePerson, ...], list[Problem]]:
    """The responsible persons that can be read, and what is wrong with the others."""
    return _parse(rows, _person)


def parse_gateways(rows: Iterable[Row]) -> tuple[tuple[Gateway, ...], list[Problem]]:
    """The gateways that can be read, and what is wrong with the others."""
    return _parse(rows, _gateway)


def parse_assets(rows: Iterable[Row]) -> tuple[tuple[Asset, ...], list[Problem]]:
    """The assets that can be read, and what is wrong with the others."""
    return _parse(rows, _asset)

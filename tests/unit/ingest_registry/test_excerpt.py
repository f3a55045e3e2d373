"""The files that a form hands over say times as people in China write them, and mean the same."""

import csv
import io
from datetime import UTC, datetime

from ingest.registry.excerpt import Edit, excerpt
from ingest.registry.model import Level, Place, Registry, Span
from ingest.registry.parse import parse_begin, parse_end
from ingest.registry.recorded import RecordedPlace, RecordedRegistry
from ingest.registry.span import Recorded

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
CITY = Place(code="city", level=Level.CITY, name_zh="城")
HOME = Place(code="home", level=Level.COMPOUND, parent="city", name_zh="家园")
NEW_YEAR = datetime(2025, 12, 31, 16, tzinfo=UTC)


def managements(during: Span) -> dict[str, str]:
    """The line about who manages the compound."""
    places = (CITY, HOME)
    paths = Registry(places=places).paths()
    recorded = RecordedRegistry(
        read_at=NOW,
        places={place.code: RecordedPlace(place=place, path=paths[place.code]) for place in places},
        managements={("home",): (Recorded(row=1, value=("nobody", None), during=during),)},
    )
    edit = Edit(table="places", cells={"code": "home", "level": "compound", "parent": "city"})
    found = excerpt(recorded, edit, NOW)["managements.csv"].decode()
    return next(csv.DictReader(io.StringIO(found)))


def test_days_are_days_in_china_and_the_last_one_counts() -> None:
    during = Span(begin=NEW_YEAR, end=NEW_YEAR.replace(year=2026))
    line = managements(during)
    assert (line["from"], line["until"]) == ("2026-01-01", "2026-12-31")
    assert Span(begin=parse_begin(line["from"]), end=parse_end(line["until"])) == during


def test_a_time_within_a_day_is_told_by_the_clock_of_the_place() -> None:
    during = Span(begin=NOW.replace(day=21), end=NOW.replace(day=23))
    line = managements(during)
    assert (line["from"], line["until"]) == (
        "2026-11-21T16:00:00+08:00",
        "2026-11-23T16:00:00+08:00",
    )
    assert Span(begin=parse_begin(line["from"]), end=parse_end(line["until"])) == during

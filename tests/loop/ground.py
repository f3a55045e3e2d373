"""Where the random walk goes: the site of the tests, with rescuers, a zone, and a place of nobody."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from analytics.act import Person
from analytics.duties.matrix import OrganisationId
from analytics.orders.technician import Skill
from ingest.database import Connection, connect, parse_queries
from tests.integration.analytics.orders import register, technician_entry
from tests.integration.analytics.site import build_site, rows
from towerwatch.services.database import DatabaseUrls

_FILE: Final = Path(__file__).with_name("ground.sql")
EVENTS: Final = (
    ("L-1", "entrapment"),
    ("L-2", "entrapment"),
    ("L-9", "entrapment"),
    ("L-7", "entrapment"),
    ("L-1", "car_alarm_button"),
    ("D-1", "fire_alarm"),
    ("D-2", "fire_alarm"),
    ("M-1", "manual_fire_alarm"),
    ("D-9", "fire_alarm"),
    ("D-7", "fire_alarm"),
    ("L-1", "overspeed"),
    ("L-2", "door_cycling"),
    ("L-9", "overspeed"),
    ("L-7", "overspeed"),
    ("L-2", "long_dwell"),
    ("W-1", "pressure_low"),
    ("D-1", "fault"),
    ("D-9", "fault"),
    ("L-1", "main_power_off"),
    ("L-2", "main_power_off"),
    ("FP-1", "main_power_fault"),
    ("E-1", "phase_lost"),
    ("FP-1", "asset_silent"),
    ("D-1", "asset_silent"),
    ("D-2", "asset_silent"),
    ("@gw/gw-1", "gateway_silent"),
    ("L-1", "mode_inspection"),
    ("L-1", "mode_auto"),
)
"""What devices say; each compound, each group, causes and members of each incident."""
_PEOPLE: Final = (
    ("wang", "technician", "lift_firm"),
    ("li", "technician", "lift_firm"),
    ("zhao", "technician", "fire_firm"),
    ("boss", "maintenance_dispatcher", "lift_firm"),
    ("desk", "operator", "property"),
    ("chen", "project_manager", "property"),
    ("new", "project_manager", "second"),
    ("c1", "operator", "community"),
    ("c2", "project_manager", "community"),
    ("bureau", "bureau", "bureau"),
    ("guard", "supervisor", "street"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The database of a walk, and everybody in it."""

    urls: DatabaseUrls
    people: tuple[Person, ...]


def build_ground(urls: DatabaseUrls) -> Ground:
    """Fill a fresh database."""
    build_site(urls)
    with closing(connect(urls.owner_url, application="ground")) as owner, owner.transaction():
        for query in parse_queries(_FILE.name, _FILE.read_text("utf-8")):
            owner.execute(query.statement)
        codes = {str(code): cast("int", number) for code, number in _organisations(owner)}
    with closing(connect(urls.analytics_url, application="ground")) as analytics:
        register(
            analytics,
            technician_entry("wang"),
            technician_entry("li"),
            technician_entry("zhao", "fire_firm", Skill.FIRE),
        )
    people = tuple(
        Person(name=name, role=role, scope=("city",), organisation=OrganisationId(codes[code]))
        for name, role, code in _PEOPLE
    )
    return Ground(urls=urls, people=people)


def _organisations(owner: Connection) -> list[tuple[object, ...]]:
    return rows(owner, "SELECT code, id FROM organisations")

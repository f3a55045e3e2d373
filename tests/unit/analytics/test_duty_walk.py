"""Random matrices: what the checker accepts answers for everything, everywhere, at every time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from analytics.duties.calendar import local_moment
from analytics.duties.check import Fault, Registered, check, every_event
from analytics.duties.file import parse_matrix
from analytics.duties.lookup import LineFinder
from analytics.duties.matrix import (
    Matrix,
    OrganisationId,
    Party,
    Surroundings,
    answer,
    first_holding,
    ranked,
)
from gateway.catalogue import AssetClass, EventKind

BEGIN = datetime(2025, 12, 1, tzinfo=UTC)
PLACES = ("city", "city.a", "city.a.x", "city.a.x.b1", "city.b", "city.b.y")
KINDS = [party.value for party in Party if party != Party.MAINTAINER]
ALARMS = [(kind, of_class) for kind, of_class in every_event() if kind.opens_alarm]
GROUPS = sorted({f"@{kind.group}" for kind, _ in ALARMS})
CALENDARS = {
    "night": '{hours: ["22:00-06:00"]}',
    "day": '{hours: ["06:00-22:00"]}',
    "rest": "{days: [weekend, holiday]}",
    "work": "{days: [workday]}",
    "feast": "{dates: [2026-02-17, 2027-02-06]}",
    "office": '{days: [workday], hours: ["08:30-12:00", "14:00-17:30"]}',
}

parties = st.sampled_from(sorted(Party))
scopes = st.tuples(
    st.sampled_from(["*", "*", *GROUPS, "fire_alarm", "entrapment", "pump_fault"]),
    st.sampled_from(["*", "*", "lift", "pump", "detector"]),
    st.sampled_from([None, None, *PLACES]),
    st.sampled_from(["always", "always", *CALENDARS]),
)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A matrix; half of them with the line for everything that most need to be whole."""
    chosen = draw(st.lists(scopes, min_size=1, max_size=8, unique=True))
    wild = ("*", "*", None, "always")
    if draw(st.integers(0, 3)) and wild not in chosen:
        chosen.append(wild)
    lines = []
    for number, (event, of_class, place, calendar) in enumerate(chosen):
        chain = draw(st.lists(parties, min_size=1, max_size=4, unique=True))
        lines.append(
            f"  - {{key: line_{number}, event: '{event}', class: '{of_class}',"
            + (f" place: {place}," if place else "")
            + f" calendar: {calendar}, responsible: {draw(parties)},"
            f" chain: [{', '.join(chain)}], limits_s: {{acknowledge: 60, accept: 60}},"
            " opens_order: true, tells_bureau: true, note: {zh: 甲, en: a}, basis: Site rule}"
        )
    zones = draw(st.sampled_from(["", "zones: [{place: city.a, zone: Asia/Urumqi}]\n"]))
    calendars = "".join(f"  {name}: {said}\n" for name, said in CALENDARS.items())
    head = f"name: random\nvalid_from: 2026-01-01\n{zones}calendars:\n{calendars}lines:\n"
    return head + "\n".join(lines)


@st.composite
def people(draw: st.DrawFn) -> Surroundings:
    """Whoever happens to be there: often hardly anybody."""
    there = draw(st.lists(st.sampled_from(KINDS), max_size=5, unique=True))
    if draw(st.integers(0, 3)):
        there = sorted({*there, draw(st.sampled_from(["street", "bureau", "community"]))})
    nearest = {kind: OrganisationId(number) for number, kind in enumerate(there, start=10)}
    return Surroundings(
        place_path=draw(st.sampled_from(PLACES)),
        manager=draw(st.sampled_from([None, OrganisationId(1)])),
        management=draw(st.sampled_from(["company", "self_managed", "nobody"])),
        maintainer=draw(st.sampled_from([None, OrganisationId(2)])),
        nearest=nearest,
    )


def accepted(matrix: Matrix, there: Surroundings) -> Matrix | None:
    """The matrix without the lines that are in the way; None when it is still not accepted."""
    registered = Registered(compounds=[there], places=PLACES)
    for _ in matrix.duties:
        findings = check(matrix, registered)
        surplus = {
            one.subject.split(", ")[-1]
            for one in findings
            if one.fault in (Fault.OVERLAP, Fault.NEVER_WINS)
        }
        kept = tuple(duty for duty in matrix.duties if duty.key not in surplus)
        if not findings:
            return matrix
        if not surplus or not kept:
            return None
        matrix = replace(matrix, duties=kept)
    return None


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
@given(
    text=texts(),
    there=people(),
    alarm=st.sampled_from(ALARMS),
    minutes=st.lists(st.integers(0, 2 * 366 * 1440), min_size=8, max_size=8),
)
def test_what_the_checker_accepts_has_one_answer_that_ends_at_somebody(
    text: str, there: Surroundings, alarm: tuple[EventKind, AssetClass], minutes: list[int]
) -> None:
    matrix = accepted(parse_matrix(text), there)
    assume(matrix is not None)
    assert matrix is not None
    finder = LineFinder(matrix)
    for kind, of_class in (alarm, *ALARMS[:: len(ALARMS) // 10]):
        for minute in minutes:
            at = BEGIN + timedelta(minutes=minute)
            found = finder.find(kind, of_class.name, there.place_path, at)
            assert found is not None
            lines = ranked(matrix.duties, kind, of_class.name)
            zone = matrix.times.zone(there.place_path)
            moment = local_moment(at, zone, matrix.times.holidays)
            equals = [
                duty
                for duty in lines
                if duty.rank == found.rank
                and first_holding([duty], there.place_path, matrix.times, moment)
            ]
            assert equals == [found]
            said = answer(found, there)
            assert said.responsible is not None
            assert said.worker is not None
            assert said.chain


def test_random_matrices_are_accepted_often_enough_to_mean_something() -> None:
    found = []

    @settings(max_examples=60, deadline=None, database=None)
    @given(text=texts(), there=people())
    def count(text: str, there: Surroundings) -> None:
        matrix = accepted(parse_matrix(text), there)
        found.append(matrix is not None and len(matrix.duties) > 1)

    count()
    assert sum(found) >= len(found) / 10

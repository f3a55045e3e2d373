"""Mergers and splits: whatever was asked for a place the day before is asked for its heirs."""

from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings

from analytics.duties.calendar import atoms
from analytics.duties.file import parse_matrix
from analytics.duties.matrix import Duty, DutyId, Limit, Matrix, Party, first_holding, ranked
from analytics.duties.succession import ChangeKind, Inherited, PlaceChange, inherited
from analytics.safety.plan import Heir, default_plan_source, parse_plan
from tests.unit.analytics.test_duty_walk import ALARMS, texts

NOW = datetime(2026, 11, 22, tzinfo=UTC)
MERGED = PlaceChange(
    id=7, kind=ChangeKind.MERGE, at=NOW, origins=("city.a.x",), heirs=("city.b.y",)
)
SPLIT = PlaceChange(id=8, kind=ChangeKind.SPLIT, at=NOW, origins=("city.a.x",), heirs=("city.a.z",))
TWO = """
name: two
valid_from: 2026-01-01T00:00:00Z
lines:
  - {key: all, event: "*", responsible: community, chain: [community], opens_order: false,
     limits_s: {acknowledge: 600}, tells_bureau: true, note: {zh: 甲, en: a}, basis: law}
  - {key: here, event: "@fire", place: city.b.y, responsible: property_company,
     chain: [property_company, street], limits_s: {acknowledge: 90, accept: 60}, opens_order: true,
     tells_bureau: true, note: {zh: 乙, en: b}, basis: ours}
  - {key: there, event: "@fire", place: city.a.x, responsible: property_company,
     chain: [bureau, property_company], limits_s: {acknowledge: 120, confirm: 30}, opens_order: false,
     tells_bureau: true, note: {zh: 丙, en: c}, basis: theirs}
"""


def numbered(matrix: Matrix) -> Matrix:
    lines = [
        Duty(
            **{name: getattr(duty, name) for name in Duty.__dataclass_fields__} | {"id": DutyId(n)}
        )
        for n, duty in enumerate(matrix.duties, start=1)
    ]
    return Matrix(
        name=matrix.name,
        valid_from=matrix.valid_from,
        checksum=matrix.checksum,
        duties=tuple(lines),
        times=matrix.times,
    )


def after(matrix: Matrix, lines: list[Inherited]) -> Matrix:
    gone = {one.replaces for one in lines}
    kept = [duty for duty in matrix.duties if duty.id not in gone]
    return Matrix(
        name=matrix.name,
        valid_from=matrix.valid_from,
        checksum=matrix.checksum,
        duties=(*kept, *(one.duty for one in lines)),
        times=matrix.times,
    )


def test_of_two_that_disagree_each_demand_stays() -> None:
    matrix = numbered(parse_matrix(TWO))
    (found,) = inherited(matrix, MERGED)
    duty = found.duty
    assert (found.replaces, found.is_stricter) == (DutyId(2), True)
    assert (duty.place_path, duty.event, duty.key) == ("city.b.y", "@fire", "here@7.1")
    assert duty.limits == {
        Limit.ACKNOWLEDGE: timedelta(seconds=90),
        Limit.CONFIRM: timedelta(seconds=30),
        Limit.ACCEPT: timedelta(seconds=60),
    }
    assert duty.chain == (Party.PROPERTY_COMPANY, Party.BUREAU, Party.STREET)
    assert duty.opens_order
    assert duty.tells_bureau


def test_of_two_that_agree_nothing_is_made_anew() -> None:
    alike = TWO.replace("[bureau, property_company]", "[property_company, street]").replace(
        "{acknowledge: 120, confirm: 30}, opens_order: false",
        "{acknowledge: 90, accept: 60}, opens_order: true",
    )
    assert inherited(numbered(parse_matrix(alike)), MERGED) == []


def test_a_more_exact_line_of_the_new_area_does_not_silence_a_demand() -> None:
    above = (
        "  - {key: lifts, event: '@fault', class: lift, place: city.b, responsible: bureau,\n"
        "     chain: [bureau], opens_order: false, tells_bureau: false, limits_s: {acknowledge: 900},\n"
        "     note: {zh: 丁, en: d}, basis: area}\n"
        "  - {key: faults, event: '@fault', place: city.a.x, responsible: street, chain: [street],\n"
        "     opens_order: true, tells_bureau: false, limits_s: {acknowledge: 60},\n"
        "     note: {zh: 戊, en: e}, basis: theirs}\n"
    )
    found = {
        one.duty.key: one.duty for one in inherited(numbered(parse_matrix(TWO + above)), MERGED)
    }
    exact = next(duty for key, duty in found.items() if key.startswith("lifts@"))
    assert (exact.place_path, exact.asset_class) == ("city.b.y", "lift")
    assert exact.limits == {Limit.ACKNOWLEDGE: timedelta(seconds=60)}
    assert exact.opens_order
    assert set(exact.chain) == {Party.BUREAU, Party.STREET}


def test_a_part_has_the_lines_of_the_whole() -> None:
    matrix = numbered(parse_matrix(TWO))
    (found,) = inherited(matrix, SPLIT)
    assert (found.replaces, found.is_stricter) == (None, False)
    assert (found.duty.place_path, found.duty.key) == ("city.a.z", "there@8.1")
    assert found.duty.limits == matrix.duties[2].limits


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=texts())
def test_whatever_either_asked_for_is_asked_for_after_the_merger(text: str) -> None:
    before = numbered(parse_matrix(text))
    merged = after(before, inherited(before, MERGED))
    moments = list(atoms(before.times.calendars, before.times.holidays))[::3]
    for kind, asset_class in ALARMS[::5]:
        formerly = ranked(before.duties, kind, asset_class.name)
        latterly = ranked(merged.duties, kind, asset_class.name)
        own = {
            duty.key
            for duty in before.duties
            if duty.place_path in (*MERGED.origins, *MERGED.heirs)
        }
        for moment in moments:
            now = first_holding(latterly, "city.b.y", merged.times, moment)
            for site in (*MERGED.origins, *MERGED.heirs):
                then = first_holding(formerly, site, before.times, moment)
                if then is None:
                    continue
                if then.key in own or (now is not None and now.place_path == "city.b.y"):
                    assert now is not None
                    assert_asks_for(now, then)


def assert_asks_for(now: Duty, then: Duty) -> None:
    """All that the former line asked for is asked for now."""
    involved = {now.responsible, now.order_to, *now.joint}
    assert involved >= {then.responsible, *then.joint}
    assert set(now.chain) >= set(then.chain)
    assert all(now.limits[limit] <= length for limit, length in then.limits.items())
    assert now.opens_order >= then.opens_order
    assert now.tells_bureau >= then.tells_bureau


def test_limits_of_the_plan_go_with_their_places() -> None:
    limits = "[{place: city.far, arrive_s: 3600}, {place: city.near, arrive_s: 600}]"
    source = default_plan_source().replace("arrive_at: []", f"arrive_at: {limits}")
    plan = parse_plan(source).rescue
    heirs = [
        Heir(named="city.far", path="town.far", is_joined=False),
        Heir(named="city.far", path="town.part", is_joined=False),
        Heir(named="city.near", path="town.far", is_joined=True),
        Heir(named="city.near", path="town.other", is_joined=True),
    ]
    moved = plan.moved(heirs)
    assert moved.arrive_at == {
        "town.far": timedelta(minutes=10),
        "town.part": timedelta(hours=1),
        "town.other": timedelta(minutes=10),
    }
    assert plan.moved([]) == plan

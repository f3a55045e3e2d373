"""The machine of rescues and the ladder of fires as values: nobody is ever left without a clock."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.alarms.alarm import AlarmId, AssetId
from analytics.alarms.cause import OTHER, causes, causes_of
from analytics.alarms.report import PlacePath
from analytics.duties.matrix import OrganisationId, Party
from analytics.errors import BadPlan
from analytics.safety.drill import Drill, compound_and_zone
from analytics.safety.fire import ZoneAlarm, begin, climb, goes_on
from analytics.safety.plan import (
    FirePlan,
    Rung,
    Scope,
    Way,
    default_plan_source,
    parse_plan,
)
from analytics.safety.rescue import (
    OVER,
    Pace,
    Point,
    Released,
    Rescue,
    Rescuer,
    Stage,
    Station,
    accept,
    arrive,
    begin_again,
    check,
    distance_km,
    nearest_station,
    overdue,
    refute,
    release,
    reopen,
)
from analytics.safety.rescue import begin as begin_rescue
from gateway.catalogue import Group

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
S = timedelta(seconds=1)
PACE = Pace(confirm=120 * S, arrive=1800 * S, release=3600 * S, check=86400 * S)
DESK = OrganisationId(1)
RESCUE = Rescue(
    alarm_id=AlarmId(1),
    asset_id=AssetId(1),
    place_path=PlacePath("city"),
    stage=Stage.SUSPECTED,
    opened_at=NOW,
    owner=DESK,
    due_at=NOW + PACE.confirm,
)
ORGANISATIONS = st.one_of(st.none(), st.integers(1, 4).map(OrganisationId))
RESCUERS = st.lists(
    st.builds(
        Rescuer,
        organisation=ORGANISATIONS,
        accept=st.integers(1, 600).map(lambda n: n * S),
        arrive=st.integers(1, 3600).map(lambda n: n * S),
    ),
    min_size=1,
    max_size=4,
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["begin", "overdue", "accept", "arrive", "release", "check", "unfit", "refute", "again"]
        ),
        st.integers(0, 5000),
        ORGANISATIONS,
    ),
    max_size=25,
)


def step(  # noqa: PLR0911 - one row for each word
    rescue: Rescue,
    word: str,
    rescuers: list[Rescuer],
    now: datetime,
    by: OrganisationId | None,
) -> Rescue | None:
    match word:
        case "begin":
            return begin_rescue(rescue, rescuers, PACE, now)
        case "overdue":
            return overdue(rescue, rescuers, PACE, now)
        case "accept":
            return accept(rescue, rescuers, now)
        case "arrive":
            return arrive(rescue, by, PACE, now)
        case "release":
            return release(rescue, Released(at=now, people=2, injured=1, condition="x"), PACE, now)
        case "check":
            return check(rescue, "wang", PACE, now, is_fit=True)
        case "unfit":
            return check(rescue, "wang", PACE, now, is_fit=False)
        case "refute":
            return refute(rescue, PACE, now)
        case _ if rescue.stage is Stage.RELEASED:
            return begin_again(rescue, DESK, PACE, now)
        case _:
            return reopen(rescue, DESK, PACE, now) if not rescue.is_open else None


@given(RESCUERS, STEPS)
def test_whatever_happens_one_owner_has_an_open_rescue_and_one_clock_runs(
    rescuers: list[Rescuer], steps: list[tuple[str, int, OrganisationId | None]]
) -> None:
    rescue, now = RESCUE, NOW
    for word, seconds, by in steps:
        now += seconds * S
        after = step(rescue, word, rescuers, now, by)
        if after is None or after == rescue:
            continue
        assert after.version == rescue.version + 1
        assert (after.due_at is not None) == after.is_open
        assert after.owner is not None
        assert (after.people is None) == (after.released_at is None)
        if after.is_open and word != "arrive":
            assert after.due_at is not None
            assert after.due_at > now - PACE.confirm
        if after.stage is Stage.CLOSED:
            assert after.checked_at is not None
        rescue = after


@given(RESCUERS)
def test_silence_climbs_through_every_tier_once_and_the_last_one_keeps_it(
    rescuers: list[Rescuer],
) -> None:
    rescue = RESCUE
    owners: list[tuple[int, OrganisationId | None]] = []
    for _ in range(12):
        assert rescue.due_at is not None
        rescue = overdue(rescue, rescuers, PACE, rescue.due_at)
        if not owners or owners[-1] != (rescue.tier, rescue.owner):
            owners.append((rescue.tier, rescue.owner))
    tiers = [tier for tier, _ in owners]
    assert tiers == sorted(set(tiers))
    expected = [one.organisation for one in rescuers if one.organisation is not None]
    assert [owner for tier, owner in owners if tier] == [
        one for place, one in enumerate(expected) if place == 0 or expected[place - 1] != one
    ]


@given(st.integers(0, 100_000))
def test_a_clock_that_was_due_while_everything_was_down_hands_on_once(seconds: int) -> None:
    firm = Rescuer(organisation=OrganisationId(2), accept=180 * S, arrive=1800 * S)
    station = replace(firm, organisation=OrganisationId(3))
    begun = begin_rescue(RESCUE, [firm, station], PACE, NOW)
    assert begun.due_at is not None
    back = begun.due_at + seconds * S
    after = overdue(begun, [firm, station], PACE, back)
    assert (after.tier, after.due_at) == (2, back + 180 * S)


def test_an_arrival_by_others_gives_them_the_rescue() -> None:
    firm = Rescuer(organisation=OrganisationId(2), accept=180 * S, arrive=1800 * S)
    begun = begin_rescue(RESCUE, [firm], PACE, NOW)
    there = arrive(begun, OrganisationId(9), PACE, NOW)
    assert there is not None
    assert (there.owner, there.stage) == (OrganisationId(9), Stage.ON_SITE)
    assert arrive(there, OrganisationId(2), PACE, NOW) is None


def test_an_open_rescue_without_a_deadline_cannot_be() -> None:
    for stage in Stage:
        due_at = NOW if stage in OVER else None
        with pytest.raises(ValueError, match="deadline"):
            replace(RESCUE, stage=stage, due_at=due_at)


def test_a_distance_is_that_of_the_globe() -> None:
    # Big Ben to the Statue of Liberty: 5,574.8 km on a sphere (widely published example).
    london = Point(latitude=51.5007, longitude=-0.1246)
    york = Point(latitude=40.6892, longitude=-74.0445)
    assert isclose(distance_km(london, york), 5574.8, abs_tol=1.0)
    assert distance_km(london, london) == 0
    pole = Point(latitude=90, longitude=0)
    assert isclose(distance_km(pole, replace(pole, latitude=-90)), 20015.1, abs_tol=0.5)


def test_the_nearest_station_is_the_one_with_the_shortest_way() -> None:
    stations = [
        Station(organisation=OrganisationId(n), at=Point(latitude=31 + n / 10, longitude=117))
        for n in (3, 1, 2)
    ]
    found = nearest_station(Point(latitude=31.12, longitude=117), stations)
    assert found is not None
    assert found.organisation == OrganisationId(1)
    assert nearest_station(None, stations) is None
    assert nearest_station(Point(latitude=0, longitude=0), []) is None


RUNGS = st.lists(
    st.builds(
        Rung,
        to=st.just(Party.BUREAU),
        by=st.sampled_from(Way),
        after=st.integers(0, 90).map(lambda n: (n if n > 30 else 0) * S),
    ),
    min_size=1,
    max_size=6,
)


@given(RUNGS)
def test_a_ladder_tells_every_rung_once_in_order_and_then_ends(rungs: list[Rung]) -> None:
    plan = FirePlan(confirm=60 * S, onward=tuple(rungs))
    found, now = begin(plan, NOW), NOW
    told: list[Rung] = []
    for _ in range(len(rungs) + 1):
        told += found.rungs
        if found.following is None or found.due_at is None:
            break
        assert found.due_at >= now
        now = found.due_at
        found = climb(plan, found.following, now)
    assert told == rungs
    assert found.following is None
    assert now - NOW == sum((rung.after for rung in rungs), timedelta(0))


def test_a_step_beyond_a_ladder_that_became_shorter_tells_nobody() -> None:
    plan = FirePlan(confirm=60 * S, onward=(Rung(to=Party.BUREAU, by=Way.BUREAU, after=0 * S),))
    assert climb(plan, 5, NOW).rungs == ()
    assert climb(plan, 5, NOW).following is None


ZONE = st.lists(
    st.builds(
        ZoneAlarm,
        id=st.integers(1, 99).map(AlarmId),
        confirmation=st.sampled_from(["unconfirmed", "real", "false", "unanswered"]),
        went_on=st.booleans(),
    ),
    max_size=6,
    unique_by=lambda one: one.id,
)


@given(ZONE)
def test_one_alarm_at_most_carries_a_zone_onward(zone: list[ZoneAlarm]) -> None:
    found = goes_on(zone, {one.id for one in zone})
    has_gone = any(one.went_on or one.confirmation in ("real", "unanswered") for one in zone)
    waiting = sorted(one.id for one in zone if one.confirmation == "unconfirmed")
    if len(zone) < 2 or has_gone or not waiting:
        assert found is None
    else:
        assert found == waiting[0]


@given(ZONE, st.sets(st.integers(1, 99).map(AlarmId)))
def test_a_zone_goes_on_with_what_is_free_of_it(zone: list[ZoneAlarm], free: set[AlarmId]) -> None:
    found = goes_on(zone, free)
    of_all = goes_on(zone, {one.id for one in zone})
    waiting = {one.id for one in zone if one.confirmation == "unconfirmed"}
    assert (found is None) == (of_all is None or not waiting & free)
    assert found is None or (found in free and found in waiting)


def test_the_plan_that_comes_with_the_product_is_whole() -> None:
    plan = parse_plan(default_plan_source())
    assert plan.fire.confirm == 60 * S
    assert [rung.by for rung in plan.fire.onward] == [Way.DESK, Way.CALL, Way.BUREAU]
    assert plan.rescue.arrival_at("city.any") == timedelta(minutes=30)
    assert set(plan.drill.longest) == set(Scope)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("confirm_s: 60", "confirm_s: 0", "confirm_s"),
        ("by: bureau", "by: desk", "no rung reaches the bureau"),
        ("to: rescue_station", "to: wizard", "tiers"),
        ("longest_s: {panel: 14400, ", "longest_s: {", "panel missing"),
        ("name: default", "nome: default", "name"),
        ("name: default", "name: [", "no YAML"),
        ("arrive_at: []", "arrive_at: [{place: 'a..b', arrive_s: 1}]", "place"),
    ],
)
def test_a_wrong_plan_is_refused_with_its_reason(old: str, new: str, why: str) -> None:
    with pytest.raises(BadPlan, match=why):
        parse_plan(default_plan_source().replace(old, new))


def test_a_limit_by_place_holds_for_everything_below_it() -> None:
    source = default_plan_source().replace(
        "arrive_at: []", "arrive_at: [{place: c.d, arrive_s: 3600}, {place: c.d.s, arrive_s: 60}]"
    )
    plan = parse_plan(source).rescue
    limits = [plan.arrival_at(path) / S for path in ("c", "c.d", "c.d.x", "c.d.s.y", "c.dd")]
    assert limits == [1800, 3600, 3600, 60, 1800]


def test_causes_are_known_once_and_every_group_has_both_judgements() -> None:
    codes = [cause.code for cause in causes()]
    assert len(set(codes)) == len(codes)
    for group in (Group.FIRE, Group.ENTRAPMENT):
        assert causes_of(group, is_real=True)
        assert OTHER in [cause.code for cause in causes_of(group, is_real=False)]


@given(st.integers(-100, 100), st.integers(1, 100), st.booleans())
def test_a_drill_runs_from_its_start_to_its_limit_unless_somebody_ends_it(
    later: int, length: int, ended: bool
) -> None:
    drill = Drill(
        id=1,
        kind="drill",
        scope=Scope.ZONE,
        subject="garden/loop-1",
        place_path="city",
        length=length * S,
        proposed_by="zhang",
        proposed_at=NOW,
        approved_by="chen",
        starts_at=NOW,
        ends_at=NOW + length * S,
        ended_at=NOW if ended else None,
    )
    assert drill.is_running(NOW + later * S) == (not ended and 0 <= later < length)
    proposed = replace(drill, approved_by=None, starts_at=None, ends_at=None)
    assert not proposed.is_running(NOW + later * S)


@pytest.mark.parametrize(
    ("subject", "parts"),
    [
        ("garden/loop-1", ("garden", "loop-1")),
        ("garden", None),
        ("/loop-1", None),
        ("garden/", None),
    ],
)
def test_a_zone_is_named_within_its_compound(subject: str, parts: tuple[str, str] | None) -> None:
    assert compound_and_zone(subject) == parts

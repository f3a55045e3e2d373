"""A new version run over alarms that have been."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from analytics.alarms.alarm import AlarmId, AssetId
from analytics.alarms.report import PlacePath
from analytics.duties.diff import Part
from analytics.duties.file import default_source, parse_matrix
from analytics.duties.matrix import Answer, Duty, Limit, OrganisationId, Surroundings, answer
from analytics.duties.rehearsal import PastAlarm, Replay, differing, missed, rehearse

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
LINES = {duty.key: duty for duty in parse_matrix(default_source()).duties}
THERE = Surroundings(
    place_path="a.b",
    manager=OrganisationId(1),
    maintainer=OrganisationId(2),
    nearest={"community": OrganisationId(3), "bureau": OrganisationId(5)},
)


def past(**done_s: int) -> PastAlarm:
    """An entrapment with the steps done so long after it opened [s]."""
    begin = NOW - timedelta(days=1)
    return PastAlarm(
        id=AlarmId(1),
        event="entrapment",
        asset_class="lift",
        asset_id=AssetId(1),
        place_path=PlacePath("a.b"),
        opened_at=begin,
        ordered_at=begin,
        over_at=begin + timedelta(hours=3),
        done={Limit(name): begin + timedelta(seconds=after) for name, after in done_s.items()},
    )


def with_arrival(minutes: int) -> Duty:
    duty = LINES["entrapment"]
    return replace(duty, limits={**duty.limits, Limit.ARRIVE: timedelta(minutes=minutes)})


def said(duty: Duty) -> Answer:
    return answer(duty, THERE)


def test_a_clock_is_missed_by_what_was_really_done() -> None:
    alarm = past(acknowledge=30, confirm=400, accept=100, arrive=1500, restore=3600, close=7200)
    assert missed(alarm, said(with_arrival(30)), NOW) == (Limit.CONFIRM,)
    assert missed(alarm, said(with_arrival(20)), NOW) == (Limit.CONFIRM, Limit.ARRIVE)


def test_a_step_that_was_never_done_runs_until_the_alarm_was_over() -> None:
    assert Limit.ARRIVE in missed(past(acknowledge=30), said(with_arrival(30)), NOW)
    assert Limit.ARRIVE not in missed(past(acknowledge=30), said(with_arrival(200)), NOW)


def test_without_an_order_nobody_knows_when_work_would_have_been_done() -> None:
    alarm = replace(past(acknowledge=30), ordered_at=None)
    assert missed(alarm, said(with_arrival(1)), NOW) == (Limit.CONFIRM,)


def test_what_would_change_is_counted_by_part_line_desk_and_clock() -> None:
    alarm = past(acknowledge=30, confirm=100, accept=100, arrive=1500, restore=3600, close=7200)
    before = said(LINES["entrapment"])
    after = said(replace(with_arrival(20), key="stricter", order_to=LINES["fire"].responsible))
    same = Replay(alarm=alarm, before=before, after=before)
    found = rehearse([same, Replay(alarm=alarm, before=before, after=after)], NOW)
    assert (found.alarms, found.changed, found.unanswered) == (2, 1, 0)
    assert set(found.parts) == {Part.ORDER_TO, Part.CLOCKS}
    assert found.lines == {("entrapment", "stricter"): 1}
    assert found.overdue[Limit.ARRIVE] == [0, 1]
    assert found.bureau == [2, 2]
    assert found.desks[OrganisationId(2)].orders == [2, 1]
    assert found.desks[OrganisationId(1)].orders == [0, 1]
    assert [one.after for one in found.examples] == ["stricter"]


def test_a_version_without_a_line_leaves_the_alarm_unanswered() -> None:
    found = rehearse([Replay(alarm=past(), before=said(LINES["fire"]), after=None)], NOW)
    assert (found.changed, found.unanswered) == (1, 1)
    assert set(found.parts) == set(Part)
    assert differing(None, None) == ()

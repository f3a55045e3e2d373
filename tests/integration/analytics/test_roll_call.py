"""Duty checks of a desk: answered in time, or recorded and told to the manager."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from analytics.act import Refusal
from analytics.act.safety_kind import AnswerPost, AskPost, PostCheckId
from analytics.duties.responsibility import Responsibility
from analytics.notices.message import words_of
from analytics.safety.plan import PostCheckPlan
from analytics.safety.roll_call import RollCalls, next_moment
from analytics.safety.workflow import LifeSafety
from ingest.database import Connection, in_transaction
from tests.integration.analytics.site import NOW, Site, rows
from tests.integration.analytics.test_acts import OPERATOR, ask, console, new_id

__all__ = ["console"]
SUPERVISOR = replace(OPERATOR, name="sun", role="supervisor")
ASKED = NOW + timedelta(seconds=30)
CHECKS = "SELECT reason, state, answered_by FROM post_checks WHERE state <> 'planned' ORDER BY id"


def run(connection: Connection, at: datetime) -> None:
    LifeSafety(Responsibility()).handle(connection, at)


def demand(console: Connection, analytics: Connection) -> PostCheckId:
    assert ask(console, analytics, AskPost(id=new_id(), by=SUPERVISOR, place="garden")).is_done
    found = rows(analytics, "SELECT max(id) FROM post_checks WHERE state = 'waiting'")[0][0]
    return PostCheckId(cast("int", found))


def test_a_desk_that_answers_is_recorded(
    site: Site, analytics: Connection, console: Connection
) -> None:
    check = demand(console, analytics)
    twice = AskPost(id=new_id(), by=SUPERVISOR, place="garden")
    assert ask(console, analytics, twice).refusal is Refusal.NOT_NOW
    assert ask(console, analytics, AnswerPost(id=new_id(), by=OPERATOR, check_id=check)).is_done
    run(analytics, NOW + timedelta(hours=1))
    assert rows(analytics, CHECKS) == [("demand", "answered", "zhang")]


def test_a_desk_that_never_answers_is_told_to_its_manager(
    site: Site, analytics: Connection, console: Connection
) -> None:
    check = demand(console, analytics)
    run(analytics, ASKED + timedelta(seconds=119))
    assert rows(analytics, CHECKS) == [("demand", "waiting", None)]
    run(analytics, ASKED + timedelta(seconds=120))
    run(analytics, ASKED + timedelta(seconds=180))
    assert rows(analytics, CHECKS) == [("demand", "unanswered", None)]
    told = (
        "SELECT target, code FROM notices JOIN organisations ON organisations.id = organisation_id"
    )
    assert rows(analytics, told + " ORDER BY target") == [
        ("call", "property"),
        ("desk", "property"),
    ]
    spread = "SELECT body::text FROM notice_work JOIN notices ON notices.id = notice_id"
    bodies = [words_of(str(row[0]).encode(), "zh").line for row in rows(analytics, spread)]
    assert len(bodies) == 2
    assert "值班台查岗未应答" in bodies[0]
    late = AnswerPost(id=new_id(), by=OPERATOR, check_id=check)
    assert ask(console, analytics, late).refusal is Refusal.NOT_NOW


def test_an_answer_from_elsewhere_is_none(
    site: Site, analytics: Connection, console: Connection
) -> None:
    check = demand(console, analytics)
    stranger = replace(OPERATOR, scope=("city.dist.str.comm.yard",))
    act = AnswerPost(id=new_id(), by=stranger, check_id=check)
    assert ask(console, analytics, act).refusal is Refusal.SCOPE
    technician = AnswerPost(id=new_id(), by=replace(OPERATOR, role="technician"), check_id=check)
    assert ask(console, analytics, technician).refusal is Refusal.ROLE


def test_every_desk_is_asked_at_moments_that_no_page_can_read(
    site: Site, analytics: Connection, console: Connection
) -> None:
    run(analytics, NOW)
    planned = rows(analytics, "SELECT place_path::text, asked_at FROM post_checks")
    assert [row[0] for row in planned] == ["city.dist.str.comm.garden"]
    rows(console, "SELECT set_config('towerwatch.scope', 'city', false)")
    assert rows(console, "SELECT count(*) FROM post_checks") == [(0,)]
    at = planned[0][1]
    assert isinstance(at, datetime)
    run(analytics, at)
    assert rows(console, "SELECT state, reason FROM post_checks") == [("waiting", "random")]


def test_a_desk_has_one_next_moment_however_often_it_is_planned(
    site: Site, analytics: Connection
) -> None:
    for _ in range(3):
        calls = RollCalls()
        in_transaction(analytics, lambda held: calls.plan(held, [], [], NOW))  # noqa: B023
    assert rows(analytics, "SELECT count(*) FROM post_checks") == [(1,)]


@given(st.floats(0, 1), st.integers(1, 96))
def test_moments_lie_between_a_quarter_and_seven_quarters_of_the_mean(
    share: float, per_day: int
) -> None:
    plan = PostCheckPlan(per_day=per_day, answer=timedelta(seconds=60))
    at = next_moment(plan, share, NOW)
    mean = timedelta(days=1) / per_day
    assert at is not None
    assert mean * 0.2499 <= at - NOW <= mean * 1.7501


def test_none_a_day_is_none() -> None:
    assert next_moment(PostCheckPlan(per_day=0, answer=timedelta(seconds=60)), 0.5, NOW) is None

"""The procedure of measures: persons decide, companies are heard, nothing is skipped."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.duties.matrix import OrganisationId
from analytics.errors import MeasureRefused
from analytics.supervision.measure import (
    MAY,
    OPEN,
    TRANSITIONS,
    Case,
    Deed,
    Kind,
    Role,
    Stage,
    Step,
    is_overdue,
    take,
)

TODAY = date(2026, 11, 22)
SOON = TODAY + timedelta(days=7)


def case(kind: Kind) -> Case:
    return Case(kind=kind, company=OrganisationId(1))


def deed(step: Step, due: date | None = SOON, appeal_until: date | None = TODAY) -> Deed:
    return Deed(
        step=step,
        actor="supervisor-1",
        role=MAY[step],
        reason="found at the inspection",
        due=due,
        appeal_until=appeal_until,
    )


def walk(kind: Kind, *steps: tuple[Step, date]) -> Case:
    at = case(kind)
    for step, day in steps:
        at = take(at, deed(step, due=day + timedelta(days=7), appeal_until=day), day)
    return at


def days(count: int) -> date:
    return TODAY + timedelta(days=count)


def test_a_rectification_ends_with_a_check_that_found_it_done() -> None:
    done = walk(
        Kind.RECTIFICATION,
        (Step.ISSUE, TODAY),
        (Step.REPORT, days(2)),
        (Step.FAIL, days(3)),
        (Step.EXTEND, days(3)),
        (Step.REPORT, days(4)),
        (Step.APPROVE, days(5)),
    )

    assert done.stage is Stage.DONE
    assert done.version == 7


def test_the_last_five_go_through_notice_talk_deduction_deadline_and_exit_proposal() -> None:
    proposed = walk(
        Kind.LAST_FIVE,
        (Step.ISSUE, TODAY),
        (Step.TALK, days(1)),
        (Step.DEDUCT, days(2)),
        (Step.FAIL, days(20)),
        (Step.PROPOSE_EXIT, days(21)),
    )

    assert proposed.stage is Stage.EXIT_PROPOSED


def test_nobody_is_listed_before_the_community_was_heard() -> None:
    with pytest.raises(MeasureRefused):
        take(case(Kind.BLACK_LIST), deed(Step.ISSUE), TODAY)
    heard = take(case(Kind.BLACK_LIST), deed(Step.HEAR), TODAY)
    assert heard.stage is Stage.HEARD


def test_nothing_is_published_while_an_appeal_is_possible() -> None:
    issued = walk(Kind.BLACK_LIST, (Step.HEAR, TODAY), (Step.ISSUE, TODAY))

    with pytest.raises(MeasureRefused, match="end of appeals"):
        take(issued, deed(Step.PUBLISH), TODAY)
    assert take(issued, deed(Step.PUBLISH), days(1)).stage is Stage.PUBLISHED


def test_a_late_appeal_is_refused_and_one_in_time_stops_everything() -> None:
    issued = walk(Kind.RECTIFICATION, (Step.ISSUE, TODAY))
    with pytest.raises(MeasureRefused, match="over"):
        take(issued, deed(Step.APPEAL), days(1))

    appealed = take(issued, deed(Step.APPEAL), TODAY)
    with pytest.raises(MeasureRefused):
        take(appealed, deed(Step.FAIL), days(30))


def test_a_company_leaves_the_black_list_when_it_has_mended() -> None:
    off = walk(
        Kind.BLACK_LIST,
        (Step.HEAR, TODAY),
        (Step.ISSUE, TODAY),
        (Step.PUBLISH, days(1)),
        (Step.REPORT, days(9)),
        (Step.CORRECT, days(10)),
    )

    assert off.stage is Stage.DONE


def test_time_is_not_over_before_its_last_day() -> None:
    issued = walk(Kind.SUPERVISION, (Step.ISSUE, TODAY))

    assert not is_overdue(issued, SOON)
    assert is_overdue(issued, SOON + timedelta(days=1))
    with pytest.raises(MeasureRefused, match="has time until"):
        take(issued, deed(Step.FAIL), SOON)


@pytest.mark.parametrize(
    "wrong",
    [
        replace(deed(Step.ISSUE), reason=" "),
        deed(Step.ISSUE, due=None),
        deed(Step.ISSUE, due=TODAY),
        deed(Step.ISSUE, appeal_until=None),
        replace(deed(Step.ISSUE), role=Role.COMPANY),
        replace(deed(Step.ISSUE), role=Role.COMMUNITY),
    ],
)
def test_a_step_needs_its_role_its_reason_and_its_days(wrong: Deed) -> None:
    with pytest.raises(MeasureRefused):
        take(case(Kind.RECTIFICATION), wrong, TODAY)


@given(kind=st.sampled_from(Kind), steps=st.lists(st.sampled_from(Step), max_size=30))
def test_no_walk_leaves_the_table_or_sanctions_without_a_supervisor(
    kind: Kind, steps: list[Step]
) -> None:
    at = case(kind)
    for number, step in enumerate(steps):
        day = days(30 * number)
        try:
            after = take(at, deed(step, due=day + timedelta(days=7), appeal_until=day), day)
        except MeasureRefused:
            continue
        assert TRANSITIONS[kind][at.stage, step] is after.stage
        assert at.stage in OPEN
        at = after


def test_every_open_stage_of_a_measure_can_be_left() -> None:
    for kind, table in TRANSITIONS.items():
        reached = {Stage.PROPOSED} | set(table.values())
        for stage in reached & OPEN:
            ways = {step for at, step in table if at is stage}
            assert ways > {Step.WITHDRAW}, (kind, stage)

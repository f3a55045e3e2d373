"""What a message about a case means, and how a case follows its order."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.duties.file import public_holidays
from analytics.exchange.case import (
    CaseClock,
    CaseMessage,
    CaseState,
    CaseStep,
    CaseSystem,
    Known,
    SystemCode,
    Verdict,
    due,
    follow,
    judge,
    state_of,
)
from analytics.orders.report import Category
from analytics.orders.work_order import TRANSITIONS, OrderState, OrderTrigger

MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def message(revision: int = 1, text: str = "停梯", **more: object) -> CaseMessage:
    return CaseMessage(
        number="N-1",
        category=Category.LIFT_FAULT,
        reported_at=MONDAY,
        revision=revision,
        text=text,
        asset="L-1",
        **more,  # type: ignore[arg-type]  # fields of the message
    )


def known(told: CaseMessage, state: CaseState = CaseState.RECEIVED) -> Known:
    return Known(revision=told.revision, content=told.content, state=state)


@pytest.mark.parametrize(
    ("before", "now", "verdict"),
    [
        (None, message(), Verdict.NEW),
        (known(message()), message(), Verdict.SAME),
        (known(message()), message(text="别的"), Verdict.CONFLICT),
        (known(message()), message(2), Verdict.CORRECTION),
        (known(message(3)), message(2, text="迟到"), Verdict.LATE),
        (known(message(), CaseState.CLOSED), message(2), Verdict.OVER),
        (known(message(), CaseState.WITHDRAWN), message(2), Verdict.OVER),
        (known(message(), CaseState.CLOSED), message(), Verdict.SAME),
    ],
)
def test_a_message_is_judged_by_its_revision_and_content(
    before: Known | None, now: CaseMessage, verdict: Verdict
) -> None:
    assert judge(before, now) is verdict


@given(st.lists(st.integers(1, 5), min_size=1, max_size=12))
def test_however_messages_are_mixed_up_the_highest_revision_stands(order: list[int]) -> None:
    standing: Known | None = None
    for revision in order:
        told = message(revision, text=f"第{revision}版")
        if judge(standing, told) in (Verdict.NEW, Verdict.CORRECTION):
            standing = known(told)
    assert standing is not None
    assert standing.revision == max(order)
    assert standing.content == message(1, text=f"第{max(order)}版").content


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": ""},
        {"number": "x" * 81},
        {"revision": 0},
        {"asset": "", "place": ""},
        {"reported_at": datetime(2026, 11, 22)},  # noqa: DTZ001 - it is what is wrong
        {"text": "a\0b"},
        {"text": "长" * 2001},
    ],
)
def test_a_case_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    fields: dict[str, object] = {
        "number": "N-1",
        "category": Category.OTHER,
        "reported_at": MONDAY,
        "asset": "L-1",
    }
    with pytest.raises(ValueError, match=r"\w"):
        CaseMessage(**(fields | wrong))  # type: ignore[arg-type]  # fields of the message


def test_every_move_of_an_order_means_something_or_nothing_for_its_case() -> None:
    for (_, trigger), to_state in TRANSITIONS.items():
        for state in CaseState:
            step = follow(state, trigger, to_state)
            if to_state is OrderState.MERGED:
                assert step is CaseStep.JOINED
            elif trigger is OrderTrigger.REOPEN:
                assert step is CaseStep.REOPENED
            else:
                assert (step is None) == (state_of(to_state) is state)


def test_office_hours_count_for_the_senders_clocks_and_every_minute_for_life_safety() -> None:
    system = CaseSystem(
        code=SystemCode("hotline"),
        name_zh="热线",
        name_en="",
        place_path="city",
        callback_url="",
        undertake=timedelta(hours=2),
        feedback=timedelta(hours=20),
    )
    friday = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    monday = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
    days = public_holidays()
    assert due(system, CaseClock.UNDERTAKE, Category.OTHER, friday, days) == monday
    trapped = due(system, CaseClock.UNDERTAKE, Category.TRAPPED, friday, days)
    assert trapped == friday + timedelta(hours=2)
    before_the_national_day = datetime(2026, 9, 30, 9, 0, tzinfo=UTC)
    after_it = datetime(2026, 10, 8, 1, 0, tzinfo=UTC)
    assert due(system, CaseClock.UNDERTAKE, Category.OTHER, before_the_national_day, days) == (
        after_it
    )
    made_up_for = datetime(2026, 10, 10, 2, 0, tzinfo=UTC)
    saturday = due(system, CaseClock.UNDERTAKE, Category.OTHER, made_up_for, days)
    assert saturday == made_up_for + timedelta(hours=2)

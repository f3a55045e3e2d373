"""A slip of the hand: whose, how long ago, and what stands afterwards."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.alarms.alarm import State, Trigger, advance
from analytics.alarms.taking_back import WITHIN, NotBack, Said, Slip, slip_of
from gateway.catalogue import EVENT_KINDS

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
T = Trigger


def said(
    trigger: Trigger, minute: float = 0.0, actor: str = "zhang", role: str = "operator"
) -> Said:
    return Said(trigger=trigger, actor=actor, role=role, at=NOW + timedelta(minutes=minute))


RAISED = said(T.RAISE, -5, "gw-1", "device")
SEEN = said(T.ACKNOWLEDGE)


def test_an_acknowledgement_is_taken_back() -> None:
    assert slip_of([RAISED, SEEN], "zhang", NOW) == Slip(
        at=NOW, judged=None, is_acknowledged_by_it=True, before="unconfirmed"
    )


def test_a_judgement_takes_the_acknowledgement_of_the_same_moment_with_it() -> None:
    found = slip_of([RAISED, SEEN, said(T.CONFIRM_FALSE)], "zhang", NOW)
    assert isinstance(found, Slip)
    assert (found.judged, found.is_acknowledged_by_it) == ("false", True)
    later = slip_of([RAISED, SEEN, said(T.CONFIRM_FALSE, 1)], "zhang", NOW + timedelta(minutes=1))
    assert isinstance(later, Slip)
    assert later.is_acknowledged_by_it is False


@pytest.mark.parametrize(
    ("history", "actor", "minutes", "why"),
    [
        ([RAISED], "zhang", 0, NotBack.NOTHING),
        ([RAISED, SEEN], "li", 0, NotBack.SOMEBODY_ELSES),
        ([RAISED, SEEN], "zhang", 5.1, NotBack.TOO_LATE),
        ([RAISED, SEEN, said(T.RESET)], "zhang", 0, NotBack.NOTHING),
        ([RAISED, SEEN, said(T.TAKE_OVER, 0.1, "wu", "bureau")], "zhang", 1, NotBack.GONE_ON),
        ([RAISED, SEEN, said(T.TAKE_BACK_ACKNOWLEDGE)], "zhang", 0, NotBack.NOTHING),
    ],
)
def test_what_is_not_taken_back(
    history: list[Said], actor: str, minutes: float, why: NotBack
) -> None:
    assert slip_of(history, actor, NOW + timedelta(minutes=minutes)) is why


def test_what_the_platform_did_since_stands_in_no_way() -> None:
    went_on = said(T.GO_ON, 1, "platform", "platform")
    assert isinstance(slip_of([RAISED, SEEN, went_on], "zhang", NOW + WITHIN), Slip)


@pytest.mark.parametrize(
    ("before", "stands"),
    [
        ([], "unconfirmed"),
        ([T.UNANSWERED], "unanswered"),
        ([T.CONFIRM_REAL], "real"),
        ([T.CONFIRM_REAL, T.TAKE_BACK_JUDGEMENT], "unconfirmed"),
        ([T.CONFIRM_REAL, T.CONFIRM_FALSE], "unconfirmed"),
    ],
)
def test_what_stood_before_stands_again(before: list[Trigger], stands: str) -> None:
    history = [said(one, -4 + number) for number, one in enumerate(before)]
    found = slip_of([RAISED, *history, said(T.CONFIRM_REAL)], "zhang", NOW)
    assert isinstance(found, Slip)
    assert found.before == stands


def test_a_judgement_of_an_earlier_raise_is_not_brought_back() -> None:
    again = replace(said(T.RAISE, -2, "gw-1", "device"), is_again=True)
    history = [RAISED, said(T.CONFIRM_REAL, -4), again, said(T.CONFIRM_FALSE)]
    found = slip_of(history, "zhang", NOW)
    assert isinstance(found, Slip)
    assert found.before == "unconfirmed"


@pytest.mark.parametrize("back", [T.RESUME_ACTIVE, T.RESUME_NORMAL])
def test_what_nobody_answered_before_a_hold_is_not_brought_back(back: Trigger) -> None:
    by_platform = [said(one, -3, "platform", "platform") for one in (T.UNANSWERED, back)]
    found = slip_of([RAISED, *by_platform, said(T.CONFIRM_FALSE)], "zhang", NOW)
    assert isinstance(found, Slip)
    assert found.before == "unconfirmed"


@given(st.lists(st.sampled_from(list(Trigger)), max_size=8))
def test_taking_back_never_makes_an_alarm_false(triggers: list[Trigger]) -> None:
    history = [said(one, number - 10) for number, one in enumerate(triggers)]
    found = slip_of(history, "zhang", NOW)
    assert not isinstance(found, Slip) or found.before != "false"


@pytest.mark.parametrize("state", list(State))
def test_taking_back_leads_to_no_state_in_which_an_alarm_is_quiet(state: State) -> None:
    for kind in EVENT_KINDS:
        after = advance(state, T.TAKE_BACK_ACKNOWLEDGE, kind)
        assert after in {None, State.UNACKNOWLEDGED, State.LATCHED_UNACKNOWLEDGED}

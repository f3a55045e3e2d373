"""The nine states, every trigger, and every order in which words can arrive."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from analytics.alarms.alarm import (
    TRANSITIONS,
    Alarm,
    Condition,
    Number,
    State,
    Trigger,
    Word,
    act_on,
    advance,
    take,
)
from gateway.catalogue import EVENT_KINDS, Ending, EventKind, event_kind

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
CLEARING = event_kind("door_blocked")
FIRE = event_kind("fire_alarm")
MOMENT = event_kind("car_alarm_button")
ENTRAPMENT = event_kind("entrapment")
S, T = State, Trigger

UNSEEN = (S.UNACKNOWLEDGED, S.RETURNED_UNACKNOWLEDGED, S.LATCHED_UNACKNOWLEDGED)
HIDDEN = (S.SHELVED, S.SUPPRESSED, S.OUT_OF_SERVICE)


def test_every_trigger_in_every_state_leads_to_a_state_or_is_refused() -> None:
    for kind, state, trigger in product(EVENT_KINDS, State, Trigger):
        after = advance(state, trigger, kind)
        if after is None:
            continue
        case = (kind.name, state, trigger, after)
        if trigger is T.RAISE and state not in HIDDEN:
            assert after is not S.NORMAL, case
        if trigger is T.ACKNOWLEDGE:
            assert after not in UNSEEN, case
        if kind.is_life_safety:
            assert after not in (S.SHELVED, S.SUPPRESSED), case
        if kind.ending is Ending.LATCHES and after is S.NORMAL:
            assert trigger in (T.RESET, T.WRITE_OFF), case
        if kind.is_life_safety and state in HIDDEN and trigger is not T.WRITE_OFF:
            assert after is not S.NORMAL, case


EXPECTED = {
    (CLEARING, S.NORMAL, T.RAISE): S.UNACKNOWLEDGED,
    (CLEARING, S.UNACKNOWLEDGED, T.CLEAR): S.RETURNED_UNACKNOWLEDGED,
    (CLEARING, S.UNACKNOWLEDGED, T.ACKNOWLEDGE): S.ACKNOWLEDGED,
    (CLEARING, S.ACKNOWLEDGED, T.CLEAR): S.NORMAL,
    (CLEARING, S.RETURNED_UNACKNOWLEDGED, T.ACKNOWLEDGE): S.NORMAL,
    (CLEARING, S.RETURNED_UNACKNOWLEDGED, T.RAISE): S.UNACKNOWLEDGED,
    (CLEARING, S.ACKNOWLEDGED, T.RESET): None,
    (CLEARING, S.UNACKNOWLEDGED, T.SHELVE): S.SHELVED,
    (CLEARING, S.SHELVED, T.RESUME_ACTIVE): S.UNACKNOWLEDGED,
    (CLEARING, S.SUPPRESSED, T.RAISE): S.SUPPRESSED,
    (FIRE, S.UNACKNOWLEDGED, T.CLEAR): S.LATCHED_UNACKNOWLEDGED,
    (FIRE, S.ACKNOWLEDGED, T.CLEAR): S.LATCHED_ACKNOWLEDGED,
    (FIRE, S.LATCHED_UNACKNOWLEDGED, T.RESET): None,
    (FIRE, S.LATCHED_UNACKNOWLEDGED, T.ACKNOWLEDGE): S.LATCHED_ACKNOWLEDGED,
    (FIRE, S.LATCHED_ACKNOWLEDGED, T.RESET): S.NORMAL,
    (FIRE, S.LATCHED_ACKNOWLEDGED, T.RAISE): S.UNACKNOWLEDGED,
    (FIRE, S.ACKNOWLEDGED, T.RESET): None,
    (FIRE, S.UNACKNOWLEDGED, T.SHELVE): None,
    (FIRE, S.UNACKNOWLEDGED, T.SUPPRESS): None,
    (FIRE, S.UNACKNOWLEDGED, T.TAKE_OUT): S.OUT_OF_SERVICE,
    (FIRE, S.LATCHED_ACKNOWLEDGED, T.TAKE_OUT): S.OUT_OF_SERVICE,
    (FIRE, S.OUT_OF_SERVICE, T.RESUME_ACTIVE): S.UNACKNOWLEDGED,
    (FIRE, S.OUT_OF_SERVICE, T.RESUME_NORMAL): S.LATCHED_UNACKNOWLEDGED,
    (FIRE, S.OUT_OF_SERVICE, T.SHELVE): None,
    (FIRE, S.ACKNOWLEDGED, T.RE_ALARM): S.UNACKNOWLEDGED,
    (FIRE, S.UNACKNOWLEDGED, T.RE_ALARM): None,
    (FIRE, S.UNACKNOWLEDGED, T.WRITE_OFF): S.NORMAL,
    (ENTRAPMENT, S.OUT_OF_SERVICE, T.RESUME_NORMAL): S.RETURNED_UNACKNOWLEDGED,
    (CLEARING, S.SHELVED, T.TAKE_OUT): S.OUT_OF_SERVICE,
    (CLEARING, S.SUPPRESSED, T.RESUME_NORMAL): S.NORMAL,
    (MOMENT, S.NORMAL, T.RAISE): S.RETURNED_UNACKNOWLEDGED,
    (MOMENT, S.RETURNED_UNACKNOWLEDGED, T.ACKNOWLEDGE): S.NORMAL,
    (ENTRAPMENT, S.ACKNOWLEDGED, T.LATE_CLEAR): S.UNACKNOWLEDGED,
}


def test_the_moves_of_the_standard() -> None:
    found = {key: advance(key[1], key[2], key[0]) for key in EXPECTED}
    assert found == EXPECTED


def test_every_state_of_the_standard_is_reached_and_left() -> None:
    moves = [
        (state, after)
        for kind, state, trigger in product((CLEARING, FIRE, MOMENT), State, Trigger)
        if (after := advance(state, trigger, kind)) not in (None, state)
    ]
    assert {state for state, _ in moves} == set(State)
    assert {after for _, after in moves} == set(State)


def test_no_table_moves_an_alarm_by_a_word_of_history() -> None:
    silent = {
        T.CONFIRM_REAL,
        T.CONFIRM_FALSE,
        T.UNANSWERED,
        T.COMMENT,
        T.TAKE_OVER,
        T.FOLD,
        T.UNFOLD,
    }
    used = {trigger for table in TRANSITIONS.values() for _, trigger in table}
    assert not used & silent


def word(seq: int, *, is_raise: bool, age: int = 1) -> Word:
    number = Number(age=age, seq=seq, position=0, gateway="gw-1")
    at = NOW + timedelta(seconds=seq)
    return Word(number=number, is_raise=is_raise, at=at, received_at=at, event_id=seq)


def hear_all(kind: EventKind, words: Sequence[Word]) -> tuple[Condition | None, Alarm | None]:
    condition: Condition | None = None
    alarm: Alarm | None = None
    for item in words:
        step = take(condition, alarm, item, kind, NOW)
        condition, alarm = step.condition, step.alarm
    return condition, alarm


HISTORIES = st.lists(st.booleans(), min_size=1, max_size=7)


@given(
    st.sampled_from([CLEARING, FIRE, MOMENT, ENTRAPMENT]),
    HISTORIES.flatmap(
        lambda said: st.tuples(st.just(said), st.permutations(list(range(len(said)))))
    ),
)
def test_the_order_of_arrival_changes_nothing_and_no_raise_is_lost(
    kind: EventKind, told: tuple[list[bool], list[int]]
) -> None:
    said, order = told
    words = [word(seq, is_raise=is_raise) for seq, is_raise in enumerate(said)]
    straight = hear_all(kind, words)
    turned = hear_all(kind, [words[place] for place in order])
    assert turned[0] == straight[0]
    first, second = straight[1], turned[1]
    assert (first is None) == (second is None) == (not any(said))
    if first is None or second is None:
        return
    assert first.state is second.state
    assert first.state in UNSEEN
    assert first.raises == second.raises == sum(said)
    assert first.raised_at == second.raised_at
    assert first.returned_at == second.returned_at
    if kind is FIRE:
        assert (first.state is S.LATCHED_UNACKNOWLEDGED) == (not said[-1])


@given(HISTORIES, st.data())
def test_after_an_acknowledgement_a_missed_raise_is_shown_again(
    said: list[bool], data: st.DataObject
) -> None:
    words = [word(seq, is_raise=is_raise) for seq, is_raise in enumerate([True, *said, False])]
    late = data.draw(st.sampled_from([item for item in words if item.is_raise]))
    condition, alarm = hear_all(FIRE, [item for item in words if item is not late])
    if alarm is not None:
        alarm = act_on(alarm, T.ACKNOWLEDGE, FIRE, NOW)
    step = take(condition, alarm, late, FIRE, NOW)
    assert step.alarm is not None
    assert step.alarm.state is S.LATCHED_UNACKNOWLEDGED
    assert not step.condition.is_active


def test_a_younger_stream_decides_whatever_its_numbers_are() -> None:
    _, alarm = hear_all(CLEARING, [word(900, is_raise=False), word(1, is_raise=True, age=2)])
    assert alarm is not None
    assert alarm.state is S.UNACKNOWLEDGED


def test_one_more_raise_of_an_acknowledged_alarm_is_counted_only() -> None:
    condition, alarm = hear_all(CLEARING, [word(1, is_raise=True)])
    assert alarm is not None
    seen = act_on(alarm, T.ACKNOWLEDGE, CLEARING, NOW)
    step = take(condition, seen, word(2, is_raise=True), CLEARING, NOW)
    assert step.alarm is not None
    assert (step.alarm.state, step.alarm.raises) == (S.ACKNOWLEDGED, 2)


def test_a_late_clear_shows_that_an_acknowledged_alarm_had_come_back() -> None:
    condition, alarm = hear_all(CLEARING, [word(1, is_raise=True)])
    assert alarm is not None
    seen = act_on(alarm, T.ACKNOWLEDGE, CLEARING, NOW)
    again = take(condition, seen, word(3, is_raise=True), CLEARING, NOW)
    late = take(again.condition, again.alarm, word(2, is_raise=False), CLEARING, NOW)
    assert late.alarm is not None
    assert late.alarm.state is S.UNACKNOWLEDGED


def test_an_alarm_that_is_seen_and_over_is_closed() -> None:
    condition, alarm = hear_all(CLEARING, [word(1, is_raise=True)])
    assert alarm is not None
    seen = act_on(alarm, T.ACKNOWLEDGE, CLEARING, NOW)
    step = take(condition, seen, word(2, is_raise=False), CLEARING, NOW)
    assert step.alarm is not None
    assert step.alarm.closed_at == NOW


def test_a_record_opens_an_alarm_on_an_unregistered_asset_only() -> None:
    record = event_kind("started")
    said = word(1, is_raise=True)
    assert take(None, None, said, record, NOW).alarm is None
    of_placeholder = Word(
        number=said.number,
        is_raise=True,
        at=said.at,
        received_at=said.at,
        is_of_placeholder=True,
    )
    assert take(None, None, of_placeholder, record, NOW).alarm is not None


def test_the_newest_raise_says_what_an_alarm_is_about_in_whatever_order_raises_come() -> None:
    said = {
        seq: replace(word(seq, is_raise=is_raise), text=text)
        for seq, is_raise, text in (
            (1, True, "pump"),
            (2, False, ""),
            (3, True, "pump, fire panel"),
            (4, True, ""),
        )
    }
    for order in ((1, 2, 3, 4), (3, 1, 2, 4), (1, 3, 2), (2, 3, 1)):
        _, alarm = hear_all(FIRE, [said[seq] for seq in order])
        assert alarm is not None
        assert alarm.text == "pump, fire panel", order


def test_an_off_delay_holds_the_return_back() -> None:
    delayed = EventKind(
        name="door_blocked",
        group=CLEARING.group,
        severity=CLEARING.severity,
        label=CLEARING.label,
        action=CLEARING.action,
        basis=CLEARING.basis,
        off_delay_s=10,
    )
    condition, alarm = hear_all(delayed, [word(1, is_raise=True)])
    step = take(condition, alarm, word(2, is_raise=False), delayed, NOW)
    assert step.waits_off_delay
    assert step.alarm is not None
    assert step.alarm.state is S.UNACKNOWLEDGED
    over = act_on(step.alarm, T.OFF_DELAY_OVER, delayed, NOW)
    assert over is not None
    assert over.state is S.RETURNED_UNACKNOWLEDGED

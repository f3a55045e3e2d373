"""Words of one asset from several disks, one after the other, in every order of arrival."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from analytics.alarms.alarm import Alarm, Condition, Number, State, Word, take
from gateway.catalogue import event_kind

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
FIRE = event_kind("fire_alarm")

disks = st.lists(
    st.lists(st.lists(st.booleans(), min_size=1, max_size=3), min_size=1, max_size=2),
    min_size=2,
    max_size=3,
)
"""Disks of openings of words; a word is whether it raises."""


def words_of(disks: list[list[list[bool]]]) -> list[Word]:
    """The words as they happened. Ages grow with every opening, as the ledger gives them out;
    numbers begin again with each, and the clocks of all disks show the same."""
    openings = [opening for disk in disks for opening in disk]
    return [
        Word(
            number=Number(age=age, seq=seq, position=0, gateway="gw-1"),
            is_raise=is_raise,
            at=NOW + timedelta(seconds=seq),
            received_at=NOW,
            event_id=age * 10 + seq,
        )
        for age, opening in enumerate(openings, start=1)
        for seq, is_raise in enumerate(opening, start=1)
    ]


def hear_all(words: list[Word]) -> tuple[Condition | None, Alarm | None]:
    condition: Condition | None = None
    alarm: Alarm | None = None
    for word in words:
        step = take(condition, alarm, word, FIRE, NOW)
        condition, alarm = step.condition, step.alarm
    return condition, alarm


@given(disks.map(words_of).flatmap(lambda words: st.tuples(st.just(words), st.permutations(words))))
def test_the_last_word_of_the_last_disk_decides_in_whatever_order_words_come(
    told: tuple[list[Word], list[Word]],
) -> None:
    straight, turned = told
    condition, alarm = hear_all(turned)
    assert condition is not None
    assert condition.newest == straight[-1].number
    assert condition.is_active == straight[-1].is_raise
    assert (alarm is not None) == any(word.is_raise for word in straight)
    if alarm is not None:
        standing = State.UNACKNOWLEDGED
        over = State.LATCHED_UNACKNOWLEDGED
        assert alarm.state is (standing if condition.is_active else over)
        assert alarm.raises == sum(word.is_raise for word in straight)

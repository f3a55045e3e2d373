"""States as read become raises and clears."""

from collections.abc import Sequence
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from gateway.standing import Standing
from gateway.wire import WireEvent


def read(event: str, state: Literal["raise", "clear"], code: str = "") -> WireEvent:
    return WireEvent(asset="A", at=1, event=event, state=state, code=code)


def told(standing: Standing, looked: Sequence[WireEvent]) -> list[tuple[str, str]]:
    changes = standing.changes(looked)
    for change in changes:
        standing.store(change)
    return [(one.event, one.state) for one in changes]


def test_only_a_change_is_told() -> None:
    standing = Standing()
    assert told(standing, [read("fault", "clear")]) == []
    assert told(standing, [read("fault", "raise")]) == [("fault", "raise")]
    assert told(standing, [read("fault", "raise")]) == []
    assert told(standing, [read("fault", "clear")]) == [("fault", "clear")]
    assert told(standing, [read("fault", "clear")]) == []


def test_two_bits_of_one_condition_are_one() -> None:
    standing = Standing()
    both = [read("hot", "raise", "a"), read("hot", "raise", "b")]
    assert told(standing, both) == [("hot", "raise")]
    assert told(standing, [read("hot", "raise", "a"), read("hot", "clear", "b")]) == []
    assert told(standing, [read("hot", "clear", "a"), read("hot", "raise", "b")]) == [
        ("hot", "raise")
    ]
    assert told(standing, [read("hot", "clear", "a"), read("hot", "clear", "b")]) == [
        ("hot", "clear")
    ]


def test_what_stood_before_a_restart_ends_when_it_is_over() -> None:
    standing = Standing.remembered([("A", "fault"), ("A", "hot")])
    assert standing.of("A") == ["fault", "hot"]
    assert told(standing, [read("fault", "raise", "1"), read("hot", "clear")]) == [("hot", "clear")]


def test_a_fire_from_before_a_restart_is_said_once_more() -> None:
    standing = Standing.remembered([("A", "fire_alarm")])
    assert told(standing, [read("fire_alarm", "raise", "1")]) == [("fire_alarm", "raise")]
    assert told(standing, [read("fire_alarm", "raise", "1")]) == []
    assert standing.of("A") == ["fire_alarm"]


def test_what_was_not_read_is_not_over() -> None:
    standing = Standing()
    told(standing, [read("fault", "raise")])
    assert told(standing, []) == []
    assert standing.of("A") == ["fault"]


def test_what_could_not_be_stored_is_told_again() -> None:
    standing = Standing()
    assert len(standing.changes([read("fault", "raise")])) == 1
    assert len(standing.changes([read("fault", "raise")])) == 1


@given(st.lists(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=6)))
def test_after_any_looks_it_stands_as_last_read(looks: list[list[tuple[str, bool]]]) -> None:
    standing, truth = Standing(), dict[str, bool]()
    for look in looks:
        told(standing, [read(name, "raise" if up else "clear") for name, up in look])
        truth |= {name: any(up for other, up in look if other == name) for name, _ in look}
        assert standing.of("A") == sorted(name for name, up in truth.items() if up)


def test_each_code_that_nobody_knows_ends_under_its_own_name() -> None:
    def looked(state: Literal["raise", "clear"], code: str) -> list[tuple[str, str]]:
        one = WireEvent(
            asset="A", at=1, event="unknown_event", state=state, code_system="s", code=code
        )
        changes = standing.changes([one])
        for change in changes:
            standing.store(change)
        return [(change.state, change.code) for change in changes]

    standing = Standing()
    assert looked("raise", "77") == [("raise", "77")]
    assert looked("raise", "77") == []
    assert looked("raise", "78") == [("clear", "77"), ("raise", "78")]
    assert looked("clear", "0") == [("clear", "78")]
    assert looked("clear", "0") == []

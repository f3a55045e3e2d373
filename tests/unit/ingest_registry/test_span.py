"""Timelines are brought to what is wanted and never rewrite what has been."""

from datetime import UTC, datetime, timedelta
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from ingest.registry.model import Span
from ingest.registry.span import Move, Recorded, SpanChange, Wanted, reconcile

DAY0 = datetime(2026, 1, 1, tzinfo=UTC)


def day(number: int) -> datetime:
    return DAY0 + timedelta(days=number)


def span(begin: int | None, end: int | None = None) -> Span:
    return Span(begin=None if begin is None else day(begin), end=None if end is None else day(end))


def carry_out(
    recorded: list[Recorded[str]], changes: tuple[SpanChange[str], ...]
) -> list[Recorded[str]]:
    """The timeline after the changes, as the database would have it."""
    rows = {item.row: item for item in recorded}
    for change in changes:
        match change.move:
            case Move.CANCEL:
                assert change.row is not None
                del rows[change.row]
            case Move.CLOSE:
                assert change.row is not None
                rows[change.row] = Recorded(
                    row=change.row, value=change.value, during=change.during
                )
            case Move.OPEN:
                row = max(rows, default=0) + 1
                rows[row] = Recorded(row=row, value=change.value, during=change.during)
    return list(rows.values())


def test_a_new_binding_reaches_back_without_bound() -> None:
    result = reconcile([], [Wanted(value="lift", during=Span())], day(10))
    assert result.changes == (SpanChange(move=Move.OPEN, value="lift", during=Span()),)


def test_a_changed_value_ends_the_running_span_and_opens_one_at_the_time() -> None:
    running = Recorded(row=1, value="old", during=span(0))
    result = reconcile([running], [Wanted(value="new", during=span(0))], day(10))
    assert result.changes == (
        SpanChange(move=Move.CLOSE, value="old", during=span(0, 10), row=1),
        SpanChange(move=Move.OPEN, value="new", during=span(10)),
    )


def test_a_successor_that_names_its_day_takes_over_on_that_day() -> None:
    running = Recorded(row=1, value="old", during=span(0))
    result = reconcile([running], [Wanted(value="new", during=span(8))], day(10))
    assert result.changes == (
        SpanChange(move=Move.CLOSE, value="old", during=span(0, 8), row=1),
        SpanChange(move=Move.OPEN, value="new", during=span(8)),
    )


def test_a_successor_of_the_future_leaves_no_gap() -> None:
    running = Recorded(row=1, value="old", during=span(0))
    result = reconcile([running], [Wanted(value="new", during=span(30))], day(10))
    assert [change.during for change in result.changes] == [span(0, 30), span(30)]


def test_an_end_can_be_given_and_taken_back_before_it_comes() -> None:
    running = Recorded(row=1, value="a", during=span(0))
    ended = reconcile([running], [Wanted(value="a", during=span(0, 20))], day(10))
    assert [change.during for change in ended.changes] == [span(0, 20)]
    limited = Recorded(row=1, value="a", during=span(0, 20))
    again = reconcile([limited], [Wanted(value="a", during=span(0))], day(10))
    assert [change.during for change in again.changes] == [span(0)]


def test_an_ended_span_stays_whatever_the_files_say() -> None:
    past = Recorded(row=1, value="a", during=span(0, 5))
    assert reconcile([past], [], day(10)).changes == ()
    result = reconcile([past], [Wanted(value="b", during=span(1, 4))], day(10))
    assert result.changes == ()
    assert [wish.value for wish in result.refused] == ["b"]


def test_a_planned_span_that_nobody_wants_is_cancelled() -> None:
    planned = Recorded(row=3, value="a", during=span(20))
    result = reconcile([planned], [], day(10))
    assert [(change.move, change.row) for change in result.changes] == [(Move.CANCEL, 3)]


def test_what_nobody_wants_any_more_ends_at_the_time() -> None:
    running = Recorded(row=1, value="a", during=span(None))
    result = reconcile([running], [], day(10))
    assert [change.during for change in result.changes] == [span(None, 10)]


bounds = st.lists(st.integers(-20, 40), min_size=0, max_size=6, unique=True).map(sorted)


@st.composite
def timelines(draw: st.DrawFn) -> list[tuple[str, Span]]:
    """Spans that do not overlap, of a few values, perhaps without bounds at either end."""
    marks: list[int | None] = list(draw(bounds))
    if draw(st.booleans()):
        marks = [None, *marks]
    if draw(st.booleans()) or len(marks) % 2:
        marks = [*marks, None]
    if len(marks) % 2:
        marks = marks[1:]
    pairs = list(zip(marks[::2], marks[1::2], strict=True))
    return [(draw(st.sampled_from("abc")), span(begin, end)) for begin, end in pairs]


@given(timelines(), timelines(), st.integers(-25, 45))
def test_nothing_overlaps_history_stays_and_a_second_run_changes_nothing(
    before: list[tuple[str, Span]], files: list[tuple[str, Span]], at: int
) -> None:
    recorded = [
        Recorded(row=number, value=value, during=during)
        for number, (value, during) in enumerate(before, start=1)
    ]
    wanted = [Wanted(value=value, during=during) for value, during in files]

    first = reconcile(recorded, wanted, day(at))
    after = carry_out(recorded, first.changes)

    for one, other in combinations(after, 2):
        assert not one.during.overlaps(other.during)
    for item in recorded:
        if item.during.has_ended(day(at)):
            assert item in after
    second = reconcile(after, wanted, day(at + 1))
    third = reconcile(carry_out(after, second.changes), wanted, day(at + 2))
    if not any(day(at) < mark <= day(at + 2) for mark in _marks(files) + _marks(before)):
        assert second.changes == ()
    assert not any(change.move is Move.CANCEL for change in third.changes)


def _marks(timeline: list[tuple[str, Span]]) -> list[datetime]:
    return [mark for _, during in timeline for mark in (during.begin, during.end) if mark]


@given(timelines(), timelines(), st.integers(-25, 45))
def test_what_the_files_say_of_now_holds_from_now(
    before: list[tuple[str, Span]], files: list[tuple[str, Span]], at: int
) -> None:
    recorded = [
        Recorded(row=number, value=value, during=during)
        for number, (value, during) in enumerate(before, start=1)
    ]
    wanted = [Wanted(value=value, during=during) for value, during in files]
    after = carry_out(recorded, reconcile(recorded, wanted, day(at)).changes)
    for value, during in files:
        if during.covers(day(at)):
            holds = [item.value for item in after if item.during.covers(day(at))]
            assert holds == [value]

"""Stream numbers: new at every opening, later than the last whatever the clock says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.stream import (
    BELIEVED_UNTIL_MS,
    EPOCH_MS,
    NOISE_BITS,
    RANDOM_BITS,
    SPENT,
    Line,
    new_stream,
    next_opening,
)

YEAR_MS = 365 * 86_400_000
NOW_MS = EPOCH_MS + 6 * YEAR_MS
clocks = st.integers(-(2**53), 2**53) | st.sampled_from(
    [0, EPOCH_MS - 1, EPOCH_MS, BELIEVED_UNTIL_MS - 1, BELIEVED_UNTIL_MS, NOW_MS + 73 * YEAR_MS]
)
believed = st.integers(EPOCH_MS + 1, BELIEVED_UNTIL_MS - 1)
noises = st.integers(0, 2**RANDOM_BITS - 1)
TOP = 2**53 - 1


@given(clocks, noises, st.integers(0, SPENT - 1) | st.sampled_from([0, SPENT - 1]))
def test_a_stream_is_later_than_the_last_keeps_its_noise_and_fits_53_bits(
    now_ms: int, noise: int, after: int
) -> None:
    stream = new_stream(now_ms, noise, after)
    assert after < stream < 2**53
    assert stream % 2**NOISE_BITS == noise % 2**NOISE_BITS


@given(clocks, noises, st.integers(SPENT, 2**60) | st.sampled_from([SPENT, TOP]))
def test_a_spent_number_counts_for_nothing(now_ms: int, noise: int, after: int) -> None:
    assert new_stream(now_ms, noise, after) == new_stream(now_ms, noise)
    assert 0 < new_stream(now_ms, noise) < SPENT


@given(believed, believed, noises, noises)
def test_streams_sort_by_time(first: int, second: int, one: int, other: int) -> None:
    if first < second:
        assert new_stream(first, one) < new_stream(second, other)


@given(st.lists(st.tuples(clocks, noises), min_size=2, max_size=30))
def test_openings_one_after_another_only_grow(openings: list[tuple[int, int]]) -> None:
    stream = 0
    for now_ms, noise in openings:
        later = new_stream(now_ms, noise, stream)
        assert stream < later < SPENT
        stream = later


@pytest.mark.parametrize("now_ms", [0, NOW_MS + 73 * YEAR_MS, NOW_MS - YEAR_MS])
@given(one=noises, other=noises)
def test_two_openings_of_one_image_differ_by_all_their_noise(
    now_ms: int, one: int, other: int
) -> None:
    image = new_stream(NOW_MS, 17)
    assert (new_stream(now_ms, one, image) == new_stream(now_ms, other, image)) == (one == other)


@pytest.mark.parametrize("now_ms", [0, EPOCH_MS - 1, BELIEVED_UNTIL_MS, NOW_MS + 73 * YEAR_MS])
def test_a_clock_that_cannot_be_right_leaves_room_for_the_right_one(now_ms: int) -> None:
    first = new_stream(now_ms, 2**RANDOM_BITS - 1)
    second = new_stream(now_ms, 2**RANDOM_BITS - 1, first)
    assert first < second < new_stream(NOW_MS, 0)


@given(st.lists(st.tuples(clocks, noises), min_size=1, max_size=30), st.integers(0, TOP))
def test_within_one_line_the_streams_are_in_the_order_of_the_openings(
    openings: list[tuple[int, int]], held: int
) -> None:
    line = Line(origin=min(held, 7), newest=held)
    for now_ms, noise in openings:
        later = next_opening([line], now_ms, noise)
        assert later.origin <= later.newest < 2**53
        assert later.newest > line.newest or later.origin == later.newest
        is_ahead = EPOCH_MS + (line.newest >> NOISE_BITS) < now_ms < BELIEVED_UNTIL_MS
        assert later.origin == (line.origin if is_ahead else later.newest)
        line = later


def test_lines_that_meet_and_new_outboxes_begin_one_of_their_own() -> None:
    one, other = Line(origin=5, newest=9), Line(origin=6, newest=8)
    assert next_opening([one], NOW_MS, 1).origin == 5
    assert next_opening([one, one], NOW_MS, 1).origin == 5
    for lines in ([], [one, other]):
        begun = next_opening(lines, NOW_MS, 1)
        assert begun.origin == begun.newest > 9
